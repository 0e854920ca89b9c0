import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Verb, type VerbName, verbs } from './kill_verbs.ts'
import type { Point } from './killing.ts'

/** Which of all kill points are run: in `make test` some that are spread over every verb, in `make soak` each. */

export const stepsOf = (name: VerbName): string[] =>
  JSON.parse(readFileSync(join(import.meta.dirname, 'kill_steps.json'), 'utf8'))[name] ?? []

const isProgram = (step: string): boolean => /^(docker|start|run) /.test(step)

const script = (step: string): Point => ({ step, victim: 'script', ...(isProgram(step) && { during: true }) })
const signal = (step: string, i: number): Point => ({
  step,
  victim: i % 2 === 0 ? 'SIGINT' : 'SIGTERM',
  ...(isProgram(step) && { during: true }),
})

/** Who else can die: the program itself, the container that it runs in, the server. */
function others(steps: readonly string[], { running, script: entry }: Verb): Point[] {
  const programs = steps.filter(isProgram)
  const containers = steps.filter(step => step.startsWith('docker run toolkit-'))
  const serverMatters = running || steps.includes('docker run <server>') || steps.includes('start postgres')
  return [
    ...containers.map(step => ({ step, victim: 'container', during: true }) as const),
    ...(serverMatters ? programs : []).map(step => ({ step, victim: 'server', during: true }) as const),
    ...programs.map(step => ({ step, victim: 'child', during: true }) as const),
    // Between its programs the server may go at any step; for the others one is as good as another.
    ...(running && entry === 'save.ts' ? steps.filter(step => !isProgram(step)) : []).map(
      step => ({ step, victim: 'server' }) as const,
    ),
  ]
}

/** Evenly from the first to the last. */
function spread<T>(all: readonly T[], wanted: number): T[] {
  if (wanted >= all.length) return [...all]
  const distance = (all.length - 1) / Math.max(1, wanted - 1)
  const chosen =
    wanted === 1
      ? [Math.floor(all.length / 2)]
      : Array.from({ length: wanted }, (_, i) => Math.round(i * distance))
  return chosen.flatMap(i => all[i] ?? [])
}

export function testedPoints(name: VerbName): Point[] {
  const verb: Verb = verbs[name]
  const steps = stepsOf(name)
  return [
    ...spread(steps, verb.tested.script).map(script),
    ...spread(steps.slice(1), verb.tested.signal).map(signal),
    ...spread(others(steps, verb), verb.tested.others),
  ]
}

/** Every step with every victim, before and while a program runs. */
export function allPoints(name: VerbName): Point[] {
  const steps = stepsOf(name)
  return steps.flatMap((step, i) => [
    { step, victim: 'script' } as const,
    ...(isProgram(step) ? [script(step)] : []),
    signal(step, i),
    ...others([step], verbs[name]),
  ])
}

export const titleOf = ({ step, nth, victim, during, after }: Point): string =>
  after !== undefined
    ? `${victim} dies after ${after} ms`
    : `${victim} dies ${during ? 'during' : 'before'}: ${step}${nth && nth > 1 ? ` (${nth})` : ''}`
