import { ToolkitError } from '../errors.ts'
import { assess } from '../explore/assess.ts'
import type { Severity } from '../explore/checks/check.ts'
import { checks } from '../explore/checks/list.ts'
import { type ExploreConfig, readExploreConfig } from '../explore/config/config.ts'
import { drawDiagrams } from '../explore/diagram/diagrams.ts'
import { diagramPart } from '../explore/diagram/markdown.ts'
import { drift } from '../explore/drift/drift.ts'
import { renderDrift } from '../explore/drift/markdown.ts'
import { readReport } from '../explore/drift/read.ts'
import { type GatherOptions, type GatherResult, gather } from '../explore/gather.ts'
import { htmlPieces } from '../explore/html/html.ts'
import { renderJson } from '../explore/json.ts'
import { renderMarkdown } from '../explore/markdown/markdown.ts'
import { model } from '../explore/model.ts'
import type { Report } from '../explore/report.ts'
import { explainConnection, type Login, withClient } from '../postgres/connection.ts'
import { type ReportFiles, refuseStrangers, writeReport } from './explore_files.ts'
import { serverMemory } from './explore_memory.ts'

export type ExploreOptions = {
  /** Where reports are gathered: each gets a folder of its own in it. */
  reportsDir: string
  /** This folder in the place of a new one in `reportsDir`. */
  output?: string | undefined
  /** explore.yaml; without one everything in it has its default. */
  config?: string | undefined
  /** An older report.json, or its folder, to compare with. */
  diff?: string | undefined
  onStatement?: GatherOptions['onStatement']
  /** Called when a step begins. */
  onStep?: ((step: string) => void) | undefined
  signal?: AbortSignal | undefined
}

export type ExploreResult = {
  report: Report
  files: ReportFiles
  /** How many statements were sent; it does not grow with the database. */
  statements: number
  seconds: number
  /** What explore.yaml says of findings that end with 9. */
  failOn: Severity | undefined
}

/**
 * Looks at a database, judges it, and writes the report. It changes nothing in the database.
 * @throws ToolkitError connection; usage (explore.yaml, an older report that cannot be used); space; failed
 */
export async function explore(login: Login, options: ExploreOptions): Promise<ExploreResult> {
  const started = performance.now()
  const config = await readExploreConfig(options.config, checks)
  // Before the database is asked: it is a pity to wait for nothing.
  if (options.output !== undefined) await refuseStrangers(options.output)
  const older = options.diff === undefined ? undefined : await readReport(options.diff)
  options.onStep?.(`Looking at ${login.database} on ${login.host}:${login.port} …`)
  const memoryBytes = config.memoryBytes ?? (await serverMemory(login))
  const { report, statements } = await lookAndJudge(login, { ...options, memoryBytes }, config, older)

  options.onStep?.('Writing the report …')
  const diagrams = await drawDiagrams(report, { signal: options.signal })
  const files = await writeReport(report, options, {
    'report.json': renderJson(report),
    'report.md': renderMarkdown(report, {
      diagram: diagramPart(report),
      drift: report.drift
        ? renderDrift(report.drift, new Set(report.relations.map(({ id }) => id)))
        : undefined,
    }),
    'report.html': htmlPieces(report, diagrams),
  })
  const seconds = (performance.now() - started) / 1000
  return { report, files, statements, seconds, failOn: config.failOn }
}

async function look(login: Login, options: ExploreOptions & GatherOptions): Promise<GatherResult> {
  try {
    return await withClient(login, client => gather(client, options), { signal: options.signal })
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    options.signal?.throwIfAborted()
    throw explainConnection(error, login)
  }
}

/** The facts, which are larger than the report, end with this function. */
async function lookAndJudge(
  login: Login,
  options: ExploreOptions & GatherOptions,
  config: ExploreConfig,
  older: Report | undefined,
): Promise<{ report: Report; statements: number }> {
  const { gathered, now, statements } = await look(login, options)
  const report = model(gathered, assess(gathered, checks, config.checks, now), {
    generatedAt: now,
    discretion: config.discretion,
    excludeSchemas: config.excludeSchemas,
  })
  return { report: { ...report, drift: older === undefined ? null : drift(older, report) }, statements }
}
