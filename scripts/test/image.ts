import { explain, describe as words } from '../errors.ts'
import { provideImage } from '../operations/image.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import { formatDuration } from '../terminal/format.ts'
import { createLog } from '../terminal/log.ts'
import { createPrompt } from '../terminal/prompt.ts'

/**
 * `make test-image IMAGE=…`: the main stories with any image of PostgreSQL, each with a cluster of its own, and a line
 * for docs/reference/compatibility.md. Touches nothing of the user's.
 */
const signal = new AbortController().signal
const context = { log: createLog('normal'), prompt: createPrompt(signal), signal, progress: false }

type Outcome = { name: string; ok: boolean }

/** The helpers read the image’s name when they are loaded. */
async function tell(image: ImageFacts): Promise<Outcome[]> {
  process.env.TEST_IMAGE = image.image
  const { stories } = await import('./helpers/image_stories.ts')
  const outcomes: Outcome[] = []
  for (const [name, story] of Object.entries(stories)) {
    const started = performance.now()
    const error = await story(image).then(
      () => undefined,
      (problem: Error) => problem,
    )
    const seconds = formatDuration((performance.now() - started) / 1000)
    process.stdout.write(`${error ? 'FAILED' : 'ok    '}  ${name} (${seconds})\n`)
    if (error) process.stdout.write(`${error.message.trim().replace(/^/gm, '        ')}\n`)
    outcomes.push({ name, ok: error === undefined })
  }
  return outcomes
}

const editions = { tsl: 'full', apache: 'Apache', none: '' } as const

/** A row of the table, as the image itself says it. */
function row(facts: ImageFacts, outcomes: readonly Outcome[]): string {
  const { image, version, timescaledb, timescaledbEdition, libc, libcVersion, pgdata, uid, digest, id } =
    facts
  const failed = outcomes.filter(({ ok }) => !ok).map(({ name }) => name)
  const extension = timescaledb.length === 0 ? '–' : `${timescaledb.at(-1)} ${editions[timescaledbEdition]}`
  const cells = [
    ...[image, version, extension, `${libc} ${libcVersion}`, `\`${pgdata}\``, String(uid)],
    ...[failed.length === 0 ? 'all' : `not: ${failed.join('; ')}`],
    ...[`\`${(digest ?? id).slice(0, 19)}\``, new Date().toISOString().slice(0, 10)],
  ]
  return `| ${cells.join(' | ')} |`
}

try {
  const wanted = process.argv[2] || process.env.IMAGE
  const runtime = chooseRuntime({ runtime: 'docker' })
  await runtime.check(signal)
  const settings = { image: wanted ?? 'timescale/timescaledb:latest-pg17' }
  const wish = { settings, named: wanted !== undefined, mayBuild: true }
  const image = await provideImage(runtime, wish, context)
  const outcomes = await tell(image)
  process.stdout.write(`\n${row(image, outcomes)}\n`)
  process.exitCode = outcomes.every(({ ok }) => ok) ? 0 : 1
} catch (thrown) {
  const error = explain(thrown)
  process.stderr.write(`${words(error)}\n`)
  process.exitCode = 5
}
