import type { Chart } from './model.ts'
import { columnsOf, rounded } from './table.ts'

/** Comma-separated values with CRLF, as RFC 4180 has it. Times are ISO 8601, UTC; no reading is no text. */
export function csv(chart: Chart): string {
  const columns = columnsOf(chart)
  const rows = chart.times.map((time, at) => [
    new Date(time).toISOString(),
    ...columns.map(({ values }) => written(values[at] ?? null)),
  ])
  const header = ['time (UTC)', ...columns.map(column => column.header)]
  return [header, ...rows].map(fields => `${fields.map(field).join(',')}\r\n`).join('')
}

const written = (value: number | null): string => (value === null ? '' : String(rounded(value)))

/** A spreadsheet would run a name that begins with one of these as a formula. */
const formula = /^[=+@\t\r]|^-(?![\d.])/

function field(value: string): string {
  const safe = formula.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
