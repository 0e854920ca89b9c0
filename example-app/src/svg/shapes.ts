import { area, line, stack, stackOffsetDiverging } from 'd3-shape'
import type { Chart, Values } from '../model.ts'
import type { Layout, Panel } from './layout.ts'
import { element, text } from './xml.ts'

const digits = 1

/** The colour of a series; what is summed up has the ninth. */
export const colourOf = (chart: Chart, series: number): number =>
  Math.min(series, chart.series.length > 8 ? 8 : 7)

/** The first bucket may begin before the chart does. */
const placeOf =
  (chart: Chart, { x }: Layout) =>
  (at: number): number =>
    x(Math.max(chart.times[at] ?? chart.from, chart.from))

/** The data of one panel, as SVG. Where there is no reading the line ends, and begins again afterwards. */
export function shapesOf(chart: Chart, layout: Layout, panel: Panel): string[] {
  if (chart.metric.style === 'stacked') return areas(chart, layout, panel)
  return panel.series.flatMap(number => {
    const { name, values, low, high } = chart.series[number] ?? { name: '', values: [] }
    const colour = colourOf(chart, number)
    const band = low && high ? [bandOf(chart, layout, panel, low, high, colour)] : []
    const x = placeOf(chart, layout)
    const path = line<number | null>()
      .defined(value => value !== null)
      .x((_, at) => x(at))
      .y(value => panel.top + panel.y(value ?? 0))
      .digits(digits)([...values])
    return [
      ...band,
      element('path', { class: `line line${colour}`, d: path ?? '' }, element('title', {}, text(name))),
    ]
  })
}

function bandOf(
  chart: Chart,
  layout: Layout,
  panel: Panel,
  low: Values,
  high: Values,
  colour: number,
): string {
  const x = placeOf(chart, layout)
  const shape = area<number | null>()
    .defined((value, at) => value !== null && high[at] !== null)
    .x((_, at) => x(at))
    .y0(value => panel.top + panel.y(value ?? 0))
    .y1((_, at) => panel.top + panel.y(high[at] ?? 0))
    .digits(digits)([...low])
  return element('path', { class: `band fill${colour}`, d: shape ?? '' })
}

function areas(chart: Chart, layout: Layout, panel: Panel): string[] {
  const keys = chart.series.map((_, at) => String(at))
  const rows = chart.times.map((_, at) => at)
  const stacked = stack<number>()
    .keys(keys)
    .value((at, key) => chart.series[Number(key)]?.values[at] ?? 0)
    .offset(stackOffsetDiverging)(rows)
  const x = placeOf(chart, layout)
  return stacked.map((layer, number) => {
    const { name, values } = chart.series[number] ?? { name: '', values: [] }
    const shape = area<(typeof layer)[number]>()
      .defined((_, at) => values[at] !== null)
      .x((_, at) => x(at))
      .y0(([from]) => panel.top + panel.y(from))
      .y1(([, to]) => panel.top + panel.y(to))
      .digits(digits)(layer)
    return element(
      'path',
      { class: `area fill${colourOf(chart, number)}`, d: shape ?? '' },
      element('title', {}, text(name)),
    )
  })
}
