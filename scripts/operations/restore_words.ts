import { clusterOptions, type OptionName } from '../settings/options.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import type { RestoreResult } from './restore.ts'

/** What two commands take that both restore a cluster. */
export const restoreOptions: readonly OptionName[] = [
  ...(['backupDir', 'force', 'dryRun', 'target', 'inPlace', 'tablespaceMap'] as const),
  ...clusterOptions,
]

const howToStart = (r: RestoreResult): string =>
  r.recovered
    ? `It is ready: start the server that has its data in ${r.plan.into}.`
    : 'Start it with: make start-restored'

/** What a restore says to a person. */
export function renderRestore(r: RestoreResult): string {
  if (!r.done) return 'Nothing was changed (dry run).'
  const next = r.started ? 'The database is running again.' : howToStart(r)
  return `Restored ${r.plan.source.id} in ${formatDuration(r.seconds)}: ${formatBytes(r.restored_bytes)}.\n${next}`
}
