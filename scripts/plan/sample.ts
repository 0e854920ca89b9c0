import type { Span } from './sample/grid.ts'
import { health } from './sample/health.ts'
import { meteo, stations } from './sample/meteo.ts'
import { power } from './sample/power.ts'
import type { SampleTable } from './sample/table.ts'

export type { SampleTable } from './sample/table.ts'

export type SampleData = {
  /** Every row is later than this. */
  from: Date
  /** The newest row of each series has exactly this time. */
  until: Date
  tables: readonly SampleTable[]
  rows: number
}

/**
 * The sample data: the same `days` and `until` give the same bytes, whenever and wherever they are made. The rows
 * are made as they are read, so that a year takes no more memory than an hour.
 * Throws a RangeError when `days` is not a positive number or the years lie outside of 1970 to 9999.
 */
export function planSample(span: Span): SampleData {
  const { days, until } = span
  if (!Number.isFinite(days) || days <= 0) throw new RangeError(`days must be more than 0, not ${days}`)
  const from = new Date(until.getTime() - days * 86_400_000)
  if (!(from.getTime() >= 0 && until.getUTCFullYear() <= 9999)) {
    throw new RangeError('the data must lie between the years 1970 and 9999')
  }
  const tables = [stations, meteo(span), power(span), health(span)]
  return { from, until, tables, rows: tables.reduce((sum, { rows }) => sum + rows, 0) }
}
