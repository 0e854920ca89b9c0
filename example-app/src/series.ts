import type { Metric } from './metrics/metric.ts'
import type { Series, Values } from './model.ts'

/** A row that the query gives. `series` is null for all that have no place of their own, summed up. */
export type Point = {
  at: number
  series: string | null
  value: number | null
  low: number | null
  high: number | null
}

/**
 * Rows, in any order, become a number or null for each bucket of each series: where there is no row there is a gap. In
 * stacks the largest series comes first, else they are in the order of their names.
 */
export function seriesOf(
  points: readonly Point[],
  times: readonly number[],
  style: Metric['style'],
): Series[] {
  const place = new Map(times.map((time, at) => [time, at]))
  const found = new Map<string | null, Required<Record<'values' | 'low' | 'high', (number | null)[]>>>()
  for (const point of points) {
    const empty = () => times.map(() => null)
    const one = found.get(point.series) ?? { values: empty(), low: empty(), high: empty() }
    found.set(point.series, one)
    const at = place.get(point.at)
    if (at === undefined) throw new Error(`no bucket begins at ${new Date(point.at).toISOString()}`)
    one.values[at] = finite(point.value)
    one.low[at] = finite(point.low)
    one.high[at] = finite(point.high)
  }
  const named = [...found].flatMap(([name, { values, low, high }]) =>
    name === null ? [] : [style === 'bands' ? { name, values, low, high } : { name, values }],
  )
  named.sort(
    (a, b) => (style === 'stacked' ? total(b.values) - total(a.values) : 0) || compare(a.name, b.name),
  )
  const others = found.get(null)
  return others ? [...named, { name: 'all others', values: others.values }] : named
}

/** PostgreSQL knows NaN and Infinity as well; a picture does not. */
const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null)

const total = (values: Values): number => values.reduce<number>((sum, value) => sum + Math.abs(value ?? 0), 0)

/** The same on every machine, whatever its language. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
