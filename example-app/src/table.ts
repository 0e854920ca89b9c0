import type { Chart, Values } from './model.ts'

export type Column = { header: string; values: Values }

/** The chart as a table: a row for each bucket, a column for each series, and for its lowest and highest. */
export function columnsOf({ metric, series }: Chart): Column[] {
  return series.flatMap(({ name, values, low, high }) => [
    { header: `${name} (${metric.unit})`, values },
    ...(low ? [{ header: `${name}, lowest (${metric.unit})`, values: low }] : []),
    ...(high ? [{ header: `${name}, highest (${metric.unit})`, values: high }] : []),
  ])
}

/** The mean of 0.1 and 0.2 is 0.15, and not 0.15000000000000002. */
export const rounded = (value: number): number => Number(value.toPrecision(12))
