import { between, type Random } from './random.ts'

/** The moments of one table: `steps` of them, `stepSeconds` apart, the last one exactly at `until` (ms since 1970). */
export type Grid = { steps: number; stepSeconds: number; until: number }

/** `days` that end at `until`: the moments after `until − days`, up to and with `until` itself. */
export type Span = { days: number; until: Date }

export const gridOf = (span: Span, stepSeconds: number): Grid => ({
  steps: Math.max(1, Math.floor((span.days * 86_400) / stepSeconds)),
  stepSeconds,
  until: span.until.getTime(),
})

export const timeOf = (grid: Grid, step: number): number =>
  grid.until - (grid.steps - 1 - step) * grid.stepSeconds * 1000

/** Milliseconds are written only where there are some. */
export const timestamp = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z')

/** Hour of the day in UTC, 0 up to 24, with its fraction. */
export const hourOf = (time: number): number => (time / 3_600_000) % 24

/** Saturday and Sunday, UTC. 1970-01-01 was a Thursday. */
export const isWeekend = (time: number): boolean => (Math.floor(time / 86_400_000) + 3) % 7 >= 5

/** 0 in the small hours, 1 at the peak hour, smooth between. */
export const dayCurve = (hour: number, peak: number): number =>
  0.5 + 0.5 * Math.cos(((hour - peak) / 12) * Math.PI)

/** A run of steps, `first` to before `end`, in which something is different; `strength` (0 to 1) says how much. */
type Stretch = { first: number; end: number; strength: number }

export type Stretches = {
  /** How many steps of the grid lie in a stretch. */
  steps: number
  at(step: number): Stretch | undefined
}

/**
 * One stretch per `everyDays`, `hours` long, at a place that chance decides. It is never longer than a fifth of its
 * period, and never touches the last step: short samples have their stretches too, and every series reaches `until`.
 */
export function stretches(
  random: Random,
  grid: Grid,
  { everyDays, hours }: { everyDays: number; hours: readonly [number, number] },
): Stretches {
  const period = Math.max(1, Math.min(grid.steps, Math.round((everyDays * 86_400) / grid.stepSeconds)))
  // Counted from the end backwards, so that the newest stretches do not depend on how long the sample is.
  const list: Stretch[] = []
  let steps = 0
  for (let start = 0; start < grid.steps; start += period) {
    const wanted = Math.round((between(random, ...hours) * 3600) / grid.stepSeconds)
    const length = Math.min(wanted, Math.floor(period / 5))
    const end = grid.steps - start - Math.max(1, Math.floor(period * between(random, 0.1, 0.75)))
    const stretch = { first: end - length, end, strength: between(random, 0.3, 1) }
    list.push(stretch)
    steps += Math.max(0, stretch.end) - Math.max(0, stretch.first)
  }
  return {
    steps,
    at(step) {
      const stretch = list[Math.floor((grid.steps - 1 - step) / period)]
      return stretch && step >= stretch.first && step < stretch.end ? stretch : undefined
    },
  }
}

export const never: Stretches = { steps: 0, at: () => undefined }
