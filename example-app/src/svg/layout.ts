import { scaleLinear, scaleUtc } from 'd3-scale'
import type { Chart, Values } from '../model.ts'
import { lastOf } from '../model.ts'
import { figuresOf, least, most, subtitle } from '../words.ts'
import { shortened, spread, textWidth, wrapped } from './text.ts'

/** Pixels. */
export const sizes = { width: 960, title: 20, text: 13, label: 12, lineHeight: 18, margin: 24 } as const

export type Label = { at: number; series: number; name: string; value: string }

/** One plot: its series by their numbers, its vertical scale, and its labels at the right. */
export type Panel = {
  top: number
  height: number
  series: readonly number[]
  y: ReturnType<typeof scaleLinear<number, number>>
  ticks: readonly number[]
  labels: readonly Label[]
}

export type Layout = {
  height: number
  left: number
  right: number
  /** The texts above the plots, from top to bottom. */
  title: string
  lines: readonly string[]
  x: ReturnType<typeof scaleUtc<number, number>>
  panels: readonly Panel[]
  /** Where the axis of time is. */
  bottom: number
}

/** Where everything goes. `notes` stand below the subtitle. */
export function layoutOf(chart: Chart, notes: readonly string[]): Layout {
  const { width, margin, text, title, lineHeight, label } = sizes
  const room = width - 2 * margin
  const lines = [subtitle(chart), ...notes].flatMap(words => wrapped(words, text, room))
  const groups =
    chart.metric.style === 'bands' ? chart.series.map((_, at) => [at]) : [chart.series.map((_, at) => at)]
  const plotTop = margin + title + lines.length * lineHeight + 40
  const plotHeight = groups.length > 1 ? 84 : 320
  const between = 26

  const names = chart.series.map(({ name }) => shortened(name, label, 170))
  const written = figuresOf(chart)
  const figures = chart.series.map(({ values }) => {
    const last = lastOf(values)
    return last === null ? '' : written(last)
  })
  const labelWidth = most(names.map((name, at) => textWidth(`${name}  ${figures[at]}`, label)))
  const right = width - margin - labelWidth - 20

  const bare = groups.map((series, at) => {
    const y = scaleLinear(domainOf(chart, series), [plotHeight, 0])
    if (!chart.metric.scale) y.nice(10)
    return {
      top: plotTop + at * (plotHeight + between),
      height: plotHeight,
      series,
      y,
      ticks: y.ticks(groups.length > 1 ? 2 : 6),
    }
  })
  const tickWidth = most(
    bare.flatMap(({ ticks, y }) => ticks.map(tick => textWidth(y.tickFormat(5)(tick), label))),
  )
  const left = margin + tickWidth + 10
  const panels = bare.map((panel): Panel => ({ ...panel, labels: labelsOf(chart, panel, names, figures) }))
  const bottom = plotTop + groups.length * (plotHeight + between) - between
  return {
    ...{ left, right, lines, panels, bottom, height: bottom + 50 },
    title: shortened(chart.metric.title, title, room),
    x: scaleUtc([chart.from, Math.max(chart.to, chart.from + 1)], [left, right]),
  }
}

/** Labels stand at the ends of their lines, or in the middle of the ends of their areas. */
function labelsOf(
  chart: Chart,
  { top, height, series, y }: Pick<Panel, 'top' | 'height' | 'series' | 'y'>,
  names: readonly string[],
  figures: readonly string[],
): Label[] {
  let below = 0
  const wanted = series.map(number => {
    const last = lastOf(chart.series[number]?.values ?? []) ?? 0
    if (chart.metric.style !== 'stacked') return top + y(last)
    below += last
    return top + y(below - last / 2)
  })
  const places = spread(wanted, sizes.label + 4, top + 4, top + height - 2)
  return series.map((number, at) => ({
    ...{ series: number, name: names[number] ?? '', value: figures[number] ?? '' },
    at: places[at] ?? top,
  }))
}

function domainOf(chart: Chart, numbers: readonly number[]): [number, number] {
  const { scale, style } = chart.metric
  if (scale) return [...scale]
  const series = numbers.flatMap(number => chart.series[number] ?? [])
  const all = style === 'stacked' ? sums(series.map(({ values }) => values)) : series.flatMap(extremes)
  const [low, high] = [least(all), most(all)]
  // A line that never moves still wants an axis.
  const pad = low === high ? Math.max(1, Math.abs(low) * 0.1) : 0
  return [low - (style === 'stacked' ? 0 : pad), high + pad]
}

const extremes = ({ values, low = [], high = [] }: Chart['series'][number]): number[] =>
  [...values, ...low, ...high].filter(value => value !== null)

/** How high and how deep a stack goes: what is negative is stacked downwards. */
function sums(stack: readonly Values[]): number[] {
  const [first = []] = stack
  return first.flatMap((_, at) => {
    const here = stack.map(values => values[at] ?? 0)
    const add = (sign: number) =>
      here.filter(value => value * sign > 0).reduce((sum, value) => sum + value, 0)
    return [0, add(1), add(-1)]
  })
}
