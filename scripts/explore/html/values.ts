import { formatBytes, formatCount, formatDuration } from '../../terminal/format.ts'
import type { Severity } from '../checks/check.ts'
import { plural } from '../words.ts'
import { type Html, html } from './escape.ts'

export { plural }

/** What stands in the place of a value that is not there. Never 0: nobody knows that it is. */
export const missing = (why = 'not measured'): Html => html`<span class="none">${why}</span>`

const known = <T>(value: T | null, show: (value: T) => string, otherwise?: string): Html =>
  value === null ? missing(otherwise) : html`${show(value)}`

export const bytes = (value: number | null, otherwise?: string): Html => known(value, formatBytes, otherwise)
export const count = (value: number | null, otherwise?: string): Html =>
  known(value, v => formatCount(Math.round(v)), otherwise)
export const duration = (seconds: number | null, otherwise?: string): Html => known(seconds, span, otherwise)
/** Whole units are said as such: 7 days. */
function span(seconds: number): string {
  for (const [length, unit] of units)
    if (seconds >= length && seconds % length === 0) return plural(seconds / length, unit)
  return seconds === 0 ? '0 s' : formatDuration(seconds)
}
const units = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const

export const share = (value: number | null, otherwise?: string): Html => known(value, percent, otherwise)
export const milliseconds = (value: number): string =>
  value < 10_000 ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : formatDuration(value / 1000)

/** 0 to 1. What is a little is not nothing. */
export function percent(value: number): string {
  if (value > 0 && value < 0.001) return '< 0.1 %'
  if (value > 0.999 && value < 1) return '> 99.9 %'
  return `${Number((value * 100).toFixed(1))} %`
}

/** In UTC; what is no moment (`infinity`, the digits of an integer dimension) as it is. */
export function momentText(value: string): string {
  const date = /^\d{4,}-\d\d-\d\d[T ]/.test(value) ? new Date(value) : null
  if (!date || Number.isNaN(date.getTime())) return value
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
export const moment = (value: string | null, otherwise = 'never'): Html =>
  value === null ? missing(otherwise) : html`<time datetime="${value}">${momentText(value)}</time>`

export const since = (value: string | null): Html => moment(value, 'an unknown moment')

/** `critical` is no noun. */
export const severityCount = (number: number, severity: Severity): string =>
  severity === 'critical' ? `${formatCount(number)} critical` : plural(number, severity)

export const yes = (value: boolean): string => (value ? 'yes' : 'no')

export const shorten = (value: string, length: number): string =>
  value.length <= length ? value : `${[...value.slice(0, length)].slice(0, -1).join('')}…`
