import type { Chart, Values } from './model.ts'
import { lastOf } from './model.ts'
import { shortened, spread } from './svg/text.ts'
import { clock, day, moment } from './time.ts'
import { figuresOf, least, most, subtitle } from './words.ts'

/** Rows of text: of the one plot, and of each where every series has its own. */
const rowsOf = { one: 14, each: 4 }
const labelRoom = 26

/**
 * The same series in the terminal, as lines of dots: a character of Braille has two columns and four rows of them
 * (Unicode, U+2800). Where there is no reading there is no dot.
 */
export function preview(chart: Chart, columns: number): string {
  const { title, unit, style } = chart.metric
  const groups = style === 'bands' ? chart.series.map((_, at) => [at]) : [chart.series.map((_, at) => at)]
  const width = Math.max(20, Math.min(columns - labelRoom - 9, 120))
  const lines = style === 'stacked' ? cumulated(chart) : chart.series.map(({ values }) => values)
  const plots = groups.flatMap(group => plot(chart, group, lines, width))
  const [begin, end] =
    day(chart.from) === day(chart.to)
      ? [clock(chart.from), clock(chart.to)]
      : [moment(chart.from), moment(chart.to)]
  const axis = `${' '.repeat(9)}${begin}${' '.repeat(Math.max(1, width - begin.length - end.length))}${end}`
  return [`${title}, ${unit}`, subtitle(chart), ...chart.notes, '', ...plots, axis].join('\n')
}

/** What the lines of a stack are: each series with all that lie below it. */
function cumulated({ series }: Chart): Values[] {
  return series.map(({ values }, number) =>
    values.map((value, at) =>
      value === null
        ? null
        : series.slice(0, number + 1).reduce((sum, below) => sum + (below.values[at] ?? 0), 0),
    ),
  )
}

function plot(chart: Chart, group: readonly number[], lines: readonly Values[], width: number): string[] {
  const rows = chart.metric.style === 'bands' ? rowsOf.each : rowsOf.one
  const all = group.flatMap(number => (lines[number] ?? []).filter(value => value !== null))
  const [low, high] = chart.metric.scale ?? [
    Math.min(least(all), chart.metric.style === 'stacked' ? 0 : Infinity),
    most(all),
  ]
  const height = (value: number): number => (1 - (value - low) / (high - low || 1)) * (rows * 4 - 1)
  const dots = new Set<number>()
  for (const number of group) for (const dot of dotsOf(lines[number] ?? [], width * 2, height)) dots.add(dot)

  const figure = figuresOf(chart)
  const places = spread(
    group.map(number => Math.floor(height(lastOf(lines[number] ?? []) ?? low) / 4)),
    1,
    0,
    rows - 1,
  )
  return Array.from({ length: rows }, (_, row) => {
    const end = row === 0 ? figure(high) : row === rows - 1 ? figure(low) : ''
    const labels = group.filter((_, at) => places[at] === row).map(number => labelOf(chart, number))
    return `${end.padStart(8)} ${braille(dots, row, width)} ${labels.join('')}`.trimEnd()
  })
}

function labelOf(chart: Chart, number: number): string {
  const { name, values } = chart.series[number] ?? { name: '', values: [] }
  const last = lastOf(values)
  return `${plain(shortened(name, 1, 12))} ${last === null ? '' : figuresOf(chart)(last)}`
}

const place = (x: number, y: number): number => y * 4096 + x

/** The dots of one line: from each reading to the next one beside it. */
function dotsOf(values: Values, width: number, height: (value: number) => number): number[] {
  const x = (at: number): number => (values.length === 1 ? 0 : (at / (values.length - 1)) * (width - 1))
  return values.flatMap((value, at) => {
    if (value === null) return []
    const before = values[at - 1] ?? value
    const from = at === 0 || values[at - 1] === null ? x(at) : x(at - 1)
    const [rise, run] = [height(value) - height(before), x(at) - from]
    const steps = Math.max(1, Math.ceil(Math.max(Math.abs(rise), run)))
    return Array.from({ length: steps }, (_, step) => {
      const part = (step + 1) / steps
      return place(Math.round(from + run * part), Math.round(height(before) + rise * part))
    })
  })
}

/** Bits of the dots, row by row: https://www.unicode.org/charts/PDF/U2800.pdf */
const bits = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
]

function braille(dots: ReadonlySet<number>, row: number, width: number): string {
  return Array.from({ length: width }, (_, column) => {
    const code = bits
      .flatMap((pair, y) => pair.map((bit, x) => (dots.has(place(column * 2 + x, row * 4 + y)) ? bit : 0)))
      .reduce((sum, bit) => sum + bit, 0)
    return code === 0 ? ' ' : String.fromCodePoint(0x2800 + code)
  }).join('')
}

/** A name from a database must not give orders to the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what has to go
const plain = (name: string): string => name.replace(/[\u0000-\u001f\u007f-\u009f]/g, '\ufffd')
