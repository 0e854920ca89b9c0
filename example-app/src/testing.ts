import type { Metric } from './metrics/metric.ts'
import type { Chart, Values } from './model.ts'

/** A chart for a test: a value a minute, from 2026-01-31 12:00 UTC on. */
export function chartOf(
  style: Metric['style'],
  series: Readonly<Record<string, Values>>,
  changes: Partial<Chart> = {},
): Chart {
  const count = Math.max(...Object.values(series).map(values => values.length))
  const from = Date.UTC(2026, 0, 31, 12)
  const times = Array.from({ length: count }, (_, at) => from + at * 60_000)
  const metric: Metric = {
    ...{
      name: 'temperature',
      title: 'Air',
      unit: '°C',
      table: 't',
      style,
      every: 60,
      series: 'station',
      sql: () => '',
    },
    ...(style === 'bands' && { scale: [0, 100] as const }),
  }
  const list = Object.entries(series).map(([name, values]) => ({
    ...{ name, values },
    ...(style === 'bands' && { low: values.map(v => v && v - 5), high: values.map(v => v && v + 5) }),
  }))
  return { metric, from, to: times.at(-1) ?? from, step: 60, times, series: list, notes: [], ...changes }
}
