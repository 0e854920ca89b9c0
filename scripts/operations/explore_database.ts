import { type Answers, resolveByName } from '../settings/by_name.ts'
import { type ExploreResult, explore } from './explore.ts'

export type ExploreDatabaseOptions = {
  /** A statement was sent; milliseconds until its last row. */
  onStatement?: (statement: { name: string; sql: string; milliseconds: number; rows: number }) => void
  onMessage?: (message: string) => void
  signal?: AbortSignal
}

/**
 * Looks at a database and writes its report, as `make explore` does. Settings and answers are those of
 * docs/reference/configuration.md, by name, and the only source: PGHOST, PGDATABASE, REPORTS_DIR, OUTPUT, CONFIG, DIFF.
 * @throws ToolkitError connection, usage, space, failed, interrupted
 */
export function exploreDatabase(
  connection: Answers = {},
  { onStatement, onMessage, signal }: ExploreDatabaseOptions = {},
): Promise<ExploreResult> {
  const { settings } = resolveByName(connection, {})
  return explore(settings, { ...settings, onStatement, onStep: onMessage, signal })
}
