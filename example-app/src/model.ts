import type { Metric } from './metrics/metric.ts'

/** A number for each of a chart's times; null where there was no reading. */
export type Values = readonly (number | null)[]

export type Series = { name: string; values: Values; low?: Values; high?: Values }

/** What is charted, whatever it is written as. Times are milliseconds since 1970. */
export type Chart = {
  metric: Metric
  from: number
  to: number
  /** Seconds of one bucket. */
  step: number
  /** When each bucket begins. */
  times: readonly number[]
  series: readonly Series[]
  /** What has to be said of the data, in whole sentences. */
  notes: readonly string[]
}

export const lastOf = (values: Values): number | null => values.findLast(value => value !== null) ?? null
