import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { exitOf } from '../runtime/process.ts'
import { formatDuration, formatTable } from '../terminal/format.ts'
import { allPoints, titleOf } from './helpers/kill_choice.ts'
import { whyNotLocal } from './helpers/kill_local.ts'
import { Stage } from './helpers/kill_scenes.ts'
import { type VerbName, verbs } from './helpers/kill_verbs.ts'
import { killAt, type Point, recordSteps } from './helpers/killing.ts'

/**
 * `make soak`: every kill point of every verb, moments that nobody chose, and the properties of the parsers with many
 * more runs. Takes hours. VERB=save is that verb alone; RANDOM_KILLS the moments of each verb, FUZZ_RUNS the runs of a property.
 */
const moments = Number(process.env.RANDOM_KILLS ?? 10)
const fuzzRuns = process.env.FUZZ_RUNS ?? '20000'
const names = (Object.keys(verbs) as VerbName[])
  .filter(name => !process.env.VERB || name === process.env.VERB)
  .filter(name => verbs[name].scene !== 'local' || whyNotLocal === '')

/** Ctrl-C ends it after the points that are at work, so that nothing stays. */
let stopping = false
process.on('SIGINT', () => {
  stopping = true
})

type Outcome = { name: VerbName; point: Point; seconds: number; problem?: string }

async function pointsOf(stage: Stage, name: VerbName): Promise<Point[]> {
  const started = performance.now()
  const steps = await recordSteps(stage, name)
  const milliseconds = performance.now() - started
  // The table knows each step once; a run comes by some of them again.
  const repeated = steps.filter(({ step, nth }) => nth > 1 && !step.includes('pg_isready'))
  return [
    ...allPoints(name),
    ...repeated.map(one => ({ ...one, victim: 'script' as const })),
    ...Array.from({ length: moments }, (_, i) => ({
      step: 'any',
      after: Math.round(Math.random() * milliseconds),
      victim: i % 2 === 0 ? ('script' as const) : ('SIGINT' as const),
    })),
  ]
}

async function soakVerb(stage: Stage, name: VerbName): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const points = await pointsOf(stage, name).catch((error: Error) => {
    process.stdout.write(`FAILED  ${name}: it cannot even be run undisturbed\n${error.message}\n`)
    outcomes.push({ name, point: { step: 'none', victim: 'script' }, seconds: 0, problem: error.message })
    return []
  })
  for (const point of points) {
    if (stopping) break
    const started = performance.now()
    const problem = await killAt(stage, name, point).then(
      () => undefined,
      (error: Error) => error.message,
    )
    const seconds = (performance.now() - started) / 1000
    outcomes.push({ name, point, seconds, ...(problem !== undefined && { problem }) })
    const mark = problem === undefined ? 'ok    ' : 'FAILED'
    process.stdout.write(`${mark}  ${name}: ${titleOf(point)}  (${formatDuration(seconds)})\n`)
    if (problem !== undefined) process.stdout.write(`${problem.replace(/^/gm, '        ')}\n`)
  }
  return outcomes
}

/** Two at a time, each with a toolkit of its own. */
async function soakAll(): Promise<Outcome[]> {
  const waiting = [...names]
  const worker = async () => {
    const stage = await Stage.create()
    const outcomes: Outcome[] = []
    try {
      for (let name = waiting.shift(); name && !stopping; name = waiting.shift())
        outcomes.push(...(await soakVerb(stage, name)))
    } finally {
      await stage.dispose()
    }
    return outcomes
  }
  return (await Promise.all([worker(), worker()])).flat()
}

const started = performance.now()
if (whyNotLocal) process.stdout.write(`restore-locally${whyNotLocal}\n`)
const outcomes = await soakAll()
const root = join(import.meta.dirname, '..', '..')
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'unit']
const env = { ...process.env, FUZZ_RUNS: fuzzRuns }
const fuzzed = await exitOf(spawn(process.execPath, vitest, { cwd: root, stdio: 'inherit', env }))
const rows = names.map(name => {
  const own = outcomes.filter(outcome => outcome.name === name)
  const failed = own.filter(outcome => outcome.problem !== undefined).length
  const seconds = own.reduce((sum, outcome) => sum + outcome.seconds, 0)
  return [name, String(own.length), String(failed), formatDuration(seconds)]
})
const failures = outcomes.filter(outcome => outcome.problem !== undefined)
process.stdout.write(`
${formatTable(['verb', 'kill points', 'failed', 'time'], rows, ['kill points', 'failed', 'time'])}

${outcomes.length} kill points, ${failures.length} failed; unit tests with FUZZ_RUNS=${fuzzRuns}: ${fuzzed === 0 ? 'ok' : 'FAILED'}
${formatDuration((performance.now() - started) / 1000)}
`)
process.exitCode = failures.length > 0 || fuzzed !== 0 ? 1 : 0
