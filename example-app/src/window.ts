import { ChartError } from './errors.ts'

const units = {
  m: { name: 'minute', milliseconds: 60_000 },
  h: { name: 'hour', milliseconds: 3_600_000 },
  d: { name: 'day', milliseconds: 86_400_000 },
  w: { name: 'week', milliseconds: 604_800_000 },
} as const

type Unit = keyof typeof units

/** How far a chart reaches back. */
export type Window = { text: string; count: number; unit: Unit; milliseconds: number }

const longest = 100 * 365.25 * units.d.milliseconds

/**
 * Reads `90m`, `24h`, `7d` or `52w`.
 * @throws ChartError usage for anything else, and for more than a hundred years.
 */
export function parseWindow(text: string): Window {
  const [, digits = '', letter = ''] = /^(\d+)([mhdw])$/.exec(text) ?? []
  const unit = letter as Unit
  const count = Number(digits)
  if (digits === '' || count === 0)
    throw new ChartError(
      'usage',
      `“${text}” is no window of time.`,
      'A number and m, h, d or w: 90m, 24h, 7d, 52w.',
    )
  const milliseconds = count * units[unit].milliseconds
  if (milliseconds > longest)
    throw new ChartError('usage', `A window of ${text} is more than a hundred years.`, 'For example: 52w')
  return { text, count, unit, milliseconds }
}

const plural = (count: number, name: string): string => `${count} ${name}${count === 1 ? '' : 's'}`

/** How much of a window there is: “7 of 1000 days”, “25 minutes of 24 hours”. */
export function coverage(window: Window, milliseconds: number): string {
  const { name, milliseconds: unit } = units[window.unit]
  const whole = plural(window.count, name)
  const covered = round(milliseconds / unit)
  if (covered >= 1) return `${covered} of ${whole}`
  const smaller = [units.d, units.h, units.m].find(one => round(milliseconds / one.milliseconds) >= 1)
  return smaller
    ? `${plural(round(milliseconds / smaller.milliseconds), smaller.name)} of ${whole}`
    : `less than a minute of ${whole}`
}

/** 3.4, but 34. */
const round = (value: number): number => (value < 9.95 ? Math.round(value * 10) / 10 : Math.round(value))
