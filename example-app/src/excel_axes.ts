import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate'
import type { Chart } from './model.ts'

const hour = 3600
const day = 24 * hour
const units = [
  60,
  300,
  600,
  900,
  1800,
  hour,
  3 * hour,
  6 * hour,
  12 * hour,
  day,
  2 * day,
  7 * day,
  14 * day,
  30 * day,
  91 * day,
  365 * day,
]

/** Seconds from one tick to the next, so that there are about ten, and how Excel is to write them. */
export function timeAxis({ from, to }: Pick<Chart, 'from' | 'to'>): { unit: number; format: string } {
  const span = (to - from) / 1000
  const unit = units.find(seconds => span / seconds <= 10) ?? span / 10
  if (unit >= 30 * day) return { unit, format: 'mmm yyyy' }
  if (unit >= day) return { unit, format: 'd mmm' }
  return { unit, format: span > day ? 'd mmm hh:mm' : 'hh:mm' }
}

/**
 * A workbook with what its library has no words for, written into the XML of its charts (ECMA-376, DrawingML charts):
 * labels of the axes at the edge instead of at zero, ticks at whole hours or days, pale grid lines, and dates as plain
 * categories. As a date axis Excel would show days and nothing shorter.
 */
export function withAxes(workbook: Uint8Array, chart: Chart): Uint8Array {
  const files = unzipSync(workbook)
  for (const [name, content] of Object.entries(files)) {
    if (/^xl\/charts\/chart\d+\.xml$/.test(name)) files[name] = strToU8(axesOf(strFromU8(content), chart))
  }
  return zipSync(files, { mtime: new Date(chart.to) })
}

function axesOf(xml: string, chart: Chart): string {
  const { unit } = timeAxis(chart)
  const skip = Math.max(1, Math.round(unit / chart.step))
  const edges = xml
    .replaceAll('<c:tickLblPos val="nextTo"/>', '<c:tickLblPos val="low"/>')
    .replaceAll('<c:majorGridlines/>', `<c:majorGridlines>${paleLine}</c:majorGridlines>`)
  if (chart.metric.style !== 'stacked')
    return edges.replace(
      /(<c:axPos val="b"\/>.*?)<\/c:valAx>/s,
      `$1<c:majorUnit val="${unit / day}"/></c:valAx>`,
    )
  return edges
    .replace('<c:auto val="1"/>', '<c:auto val="0"/>')
    .replace('<c:lblOffset val="100"/>', `$&<c:tickLblSkip val="${skip}"/><c:tickMarkSkip val="${skip}"/>`)
}

const paleLine = '<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr>'
