import type { Range } from './range.ts'

/** Seconds. Each divides a minute, an hour, a day or weeks, so that the ticks of the axis fall on begins of buckets. */
const steps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800, 1_209_600, 2_419_200, 4_838_400, 9_676_800,
]

/** More points than this are not seen in a picture of 960 pixels. */
export const mostBuckets = 400

/** A Monday, midnight UTC: buckets of any length are counted from here, and weeks begin on Mondays. */
export const origin = Date.UTC(2000, 0, 3)

/** Seconds of a bucket: as short as it may be for `mostBuckets`, and no shorter than rows come (`every`, seconds). */
export function chooseStep({ from, to }: Pick<Range, 'from' | 'to'>, every: number): number {
  const wanted = Math.max(every, (to - from) / 1000 / mostBuckets)
  return steps.find(step => step >= wanted) ?? Math.ceil(wanted / 9_676_800) * 9_676_800
}

/** The begin of every bucket of the range, milliseconds since 1970; whether there are rows in them or not. */
export function bucketsOf({ from, to }: Pick<Range, 'from' | 'to'>, step: number): number[] {
  const size = step * 1000
  const first = Math.floor((from - origin) / size) * size + origin
  return Array.from({ length: Math.floor((to - first) / size) + 1 }, (_, at) => first + at * size)
}
