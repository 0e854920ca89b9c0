/** Moments are numbers here: milliseconds since 1970-01-01, UTC, as `Date` counts them. */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const two = (value: number): string => String(value).padStart(2, '0')

/** 14:05, with seconds only where there are some. */
export function clock(time: number): string {
  const date = new Date(time)
  const seconds = date.getUTCSeconds()
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}${seconds ? `:${two(seconds)}` : ''}`
}

export const month = (time: number): string => months[new Date(time).getUTCMonth()] ?? ''
export const year = (time: number): string => String(new Date(time).getUTCFullYear())
export const dayOfMonth = (time: number): string => String(new Date(time).getUTCDate())
/** 30 Jan 2026 */
export const day = (time: number): string => `${dayOfMonth(time)} ${month(time)} ${year(time)}`
/** Fri 30 Jan 2026 */
export const weekday = (time: number): string => `${days[new Date(time).getUTCDay()]} ${day(time)}`
/** 30 Jan 2026 14:05 */
export const moment = (time: number): string => `${day(time)} ${clock(time)}`

/**
 * Reads a moment as ISO 8601 writes it: `2026-01-30`, `2026-01-30T14:05`, with `Z` or `+01:00` behind it. Without a
 * zone it is UTC. Undefined for anything else.
 */
export function parseMoment(text: string): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text)
  if (!match) return undefined
  const [, date = '', time = '00:00', zone = 'Z'] = match
  // 30 February would roll over into March: what comes back must be what went in.
  const midnight = new Date(`${date}T00:00Z`)
  if (Number.isNaN(midnight.getTime()) || !midnight.toISOString().startsWith(date)) return undefined
  const parsed = Date.parse(`${date}T${time}${zone.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`)
  return Number.isNaN(parsed) ? undefined : parsed
}

const lengths: readonly (readonly [number, string])[] = [
  [604_800, 'week'],
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** A length of time in whole units: `5 minutes`, `1 day`. */
export function length(seconds: number): string {
  const [size, name] = lengths.find(([unit]) => seconds % unit === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${name}${count === 1 ? '' : 's'}`
}
