import type { Chart, Series } from './model.ts'
import { lastOf } from './model.ts'
import { clock, day, length, moment } from './time.ts'

/** What a chart says in words, whatever it is written as. */

/** From when to when, in which time zone, and what one point stands for. */
export function subtitle({ from, to, step }: Chart): string {
  const sameDay = day(from) === day(to)
  const end = sameDay ? clock(to) : moment(to)
  return `${moment(from)} to ${end} UTC · each point is the mean of ${length(step)}`
}

/** How a chart's figures are written: as many digits as one reads, the same for all of them, with a real minus. */
export function figuresOf({ series }: Pick<Chart, 'series'>): (value: number) => string {
  const largest = most(series.flatMap(({ values }) => values.map(value => Math.abs(value ?? 0))))
  const digits = largest >= 1000 ? 0 : largest >= 20 ? 1 : 2
  return value =>
    value
      .toFixed(digits)
      .replace(/^-(?=[0.]*$)/, '')
      .replace('-', '−')
}

type Summary = { name: string; lowest: number; highest: number; last: number }

/** The figures of each series that has any. */
function summaries(series: readonly Series[]): Summary[] {
  return series.flatMap(({ name, values, low = values, high = values }) => {
    const present = (list: typeof values) => list.filter(value => value !== null)
    const last = lastOf(values)
    if (last === null) return []
    return [{ name, last, lowest: least(present(low)), highest: most(present(high)) }]
  })
}

export const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity)
export const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity)

/** The picture in words, for who cannot see it. */
export function description(chart: Chart): string {
  const { unit, style } = chart.metric
  const kind = { lines: 'Line chart', bands: 'Line charts with bands', stacked: 'Stacked area chart' }[style]
  const figure = figuresOf(chart)
  const each = summaries(chart.series).map(
    ({ name, lowest, highest, last }) =>
      `${name}: from ${figure(lowest)} to ${figure(highest)} ${unit}, at the end ${figure(last)}`,
  )
  return [`${kind}, ${subtitle(chart)}.`, ...chart.notes, `${each.join('; ')}.`].join(' ')
}
