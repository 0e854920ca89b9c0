import {
  ChartEmptyCells,
  ChartFont,
  ChartFormat,
  ChartLegendPosition,
  ChartLine,
  ChartLineDashType,
  ChartRange,
  ChartSeries,
  ChartSolidFill,
  ChartType,
  Color,
  DocProperties,
  Chart as ExcelChart,
  ExcelDateTime,
  Format,
  Workbook,
  type Worksheet,
} from 'wasm-xlsxwriter'
import { timeAxis, withAxes } from './excel_axes.ts'
import type { Chart } from './model.ts'
import { colourOf } from './svg/shapes.ts'
import { light } from './svg/theme.ts'
import { columnsOf, rounded } from './table.ts'
import { weekday } from './time.ts'
import { subtitle } from './words.ts'

const dataSheet = 'data'

/**
 * The chart as a workbook: a sheet with the data, and one whose chart draws that sheet, so that it follows when a number
 * there is changed. Excel knows no time zones: the times are UTC, and the header says so.
 */
export function excel(chart: Chart): Uint8Array {
  const workbook = new Workbook()
  workbook.setProperties(new DocProperties().setTitle(chart.metric.title).setComment(subtitle(chart)))
  writeData(workbook.addWorksheet().setName(dataSheet), chart)
  writeCharts(workbook.addWorksheet().setName('chart'), chart)
  return withAxes(workbook.saveToBufferSync(), chart)
}

function writeData(sheet: Worksheet, chart: Chart): void {
  const bold = new Format().setBold()
  const date = new Format().setNumFormat('yyyy-mm-dd hh:mm:ss')
  const figure = new Format().setNumFormat('0.00')
  const columns = columnsOf(chart)
  sheet.writeStringWithFormat(0, 0, 'time (UTC)', bold)
  for (const [at, { header }] of columns.entries()) sheet.writeStringWithFormat(0, at + 1, header, bold)
  for (const [at, time] of chart.times.entries()) {
    const seconds = BigInt(Math.round(time / 1000))
    sheet.writeDatetimeWithFormat(at + 1, 0, ExcelDateTime.fromTimestamp(seconds), date)
    for (const [column, { values }] of columns.entries()) {
      const value = values[at]
      // An empty cell is a gap.
      if (typeof value === 'number') sheet.writeNumberWithFormat(at + 1, column + 1, rounded(value), figure)
    }
  }
  sheet.setFreezePanes(1, 1)
  sheet.autofit()
}

function writeCharts(sheet: Worksheet, chart: Chart): void {
  const lines = [subtitle(chart), ...chart.notes]
  sheet.writeStringWithFormat(0, 0, chart.metric.title, new Format().setBold().setFontSize(14))
  for (const [at, line] of lines.entries()) sheet.writeString(at + 1, 0, line)
  const top = lines.length + 2
  const groups =
    chart.metric.style === 'bands' ? chart.series.map((_, at) => [at]) : [chart.series.map((_, at) => at)]
  for (const [at, numbers] of groups.entries()) {
    const single = groups.length > 1 ? chart.series[numbers[0] ?? 0]?.name : undefined
    const height = single === undefined ? 480 : 240
    const native = nativeChart(chart, numbers)
    native.setWidth(960).setHeight(height)
    if (single === undefined) native.title().setHidden()
    else native.title().setName(single).setFont(new ChartFont().setSize(12))
    sheet.insertChart(top + at * Math.ceil(height / 20 + 1), 0, native)
  }
  sheet.setScreenGridlines(false).setActive(true).setLandscape()
  sheet.setPrintFitToPages(1, 1)
}

function nativeChart(chart: Chart, numbers: readonly number[]): ExcelChart {
  const { metric } = chart
  const isStack = metric.style === 'stacked'
  // Straight lines over numbers: the only axis of Excel that places hours and minutes where they belong.
  const native = new ExcelChart(isStack ? ChartType.AreaStacked : ChartType.ScatterStraight)
  for (const number of numbers) {
    const colour = Color.parse(light.series[colourOf(chart, number)] ?? '#000000')
    for (const [place, offset] of offsetsOf(chart, number).entries()) {
      const line = new ChartLine().setColor(colour).setWidth(place === 0 ? 1.75 : 0.75)
      const format = isStack
        ? new ChartFormat().setSolidFill(new ChartSolidFill().setColor(colour))
        : new ChartFormat().setLine(place === 0 ? line : line.setDashType(ChartLineDashType.Dash))
      native.pushSeries(
        new ChartSeries()
          .setName(`=${dataSheet}!$${letters(offset)}$1`)
          .setCategories(column(chart, 0))
          .setValues(column(chart, offset))
          .setFormat(format),
      )
    }
  }
  native.showEmptyCellsAs(isStack ? ChartEmptyCells.Zero : ChartEmptyCells.Gaps)
  native
    .legend()
    .setPosition(metric.style === 'bands' ? ChartLegendPosition.Right : ChartLegendPosition.Bottom)
  native.yAxis().setName(metric.unit)
  if (metric.scale) native.yAxis().setMin(metric.scale[0]).setMax(metric.scale[1])
  const { format } = timeAxis(chart)
  const x = native
    .xAxis()
    .setFont(new ChartFont().setSize(9))
    .setNumFormat(isStack ? 'd mmm hh:mm' : format)
  if (!isStack) x.setMin(serial(chart.from)).setMax(serial(chart.to))
  native.setAltText(`${metric.title}, ${weekday(chart.from)} to ${weekday(chart.to)}`)
  return native
}

/** The columns of one series: its own, then its lowest and highest. */
function offsetsOf(chart: Chart, number: number): number[] {
  const widths = chart.series.map(({ low, high }) => 1 + (low ? 1 : 0) + (high ? 1 : 0))
  const begin = 1 + widths.slice(0, number).reduce((sum, width) => sum + width, 0)
  return Array.from({ length: widths[number] ?? 1 }, (_, at) => begin + at)
}

const column = ({ times }: Chart, at: number): ChartRange =>
  ChartRange.newFromRange(dataSheet, 1, at, times.length, at)

/** Excel counts days since 1899-12-30. */
const serial = (time: number): number => time / 86_400_000 + 25_569

/** A, B, …, Z, AA, … */
const letters = (at: number): string =>
  (at < 26 ? '' : letters(Math.floor(at / 26) - 1)) + String.fromCharCode(65 + (at % 26))
