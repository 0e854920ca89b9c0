import { formatBytes, formatCount } from '../terminal/format.ts'

/** How figures read in both renderings. What is not known is said, and never a 0. */
export const bytes = (value: number | null): string => (value === null ? 'unknown' : formatBytes(value))
export const count = (value: number | null): string => (value === null ? 'unknown' : formatCount(value))
export const share = (value: number | null): string =>
  value === null ? 'unknown' : `${(value * 100).toFixed(value > 0 && value < 0.1 ? 1 : 0)}%`
/** ISO 8601 → 2026-01-31 12:00 UTC. */
export const moment = (iso: string | null): string =>
  iso === null ? 'never' : `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
/** `1 row`, `1,000 rows`, `2 indexes`. */
export const plural = (n: number, one: string, many = `${one}s`): string =>
  `${formatCount(Math.round(n))} ${n === 1 ? one : many}`
/** For sort: by code units, the same on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
/** 7 days, 36 hours, 5 minutes; seconds in the largest unit that they are whole in. */
export function span(seconds: number | null): string {
  if (seconds === null) return 'unknown'
  for (const [name, length] of [
    ['day', 86400],
    ['hour', 3600],
    ['minute', 60],
  ] as const)
    if (seconds >= length && (seconds % length === 0 || seconds >= 10 * length))
      return plural(Math.round(seconds / length), name)
  return plural(Math.round(seconds), 'second')
}
