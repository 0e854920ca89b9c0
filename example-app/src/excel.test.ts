import { strFromU8, unzipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { excel } from './excel.ts'
import { timeAxis } from './excel_axes.ts'
import { chartOf } from './testing.ts'

const partsOf = (workbook: Uint8Array) =>
  Object.fromEntries(Object.entries(unzipSync(workbook)).map(([name, content]) => [name, strFromU8(content)]))
const read = (...args: Parameters<typeof chartOf>) => partsOf(excel(chartOf(...args)))

describe('the data', () => {
  const parts = read('lines', { Basel: [1.5, null, 3], '=1+1': [2, 2, 2] })
  const sheet = parts['xl/worksheets/sheet1.xml'] ?? ''

  test('has dates that are dates: a number with a format of dates', () => {
    const [, style = '', serial] = /<c r="A2" s="(\d+)"><v>([\d.]+)<\/v>/.exec(sheet) ?? []
    // 2026-01-31 12:00 as Excel counts: days since 1899-12-30.
    expect(Number(serial)).toBe(46_053.5)
    const formats = parts['xl/styles.xml'] ?? ''
    const [, number] =
      [...formats.matchAll(/<xf numFmtId="(\d+)"[^>]*?(?:\/>|>.*?<\/xf>)/g)].slice(1)[Number(style)] ?? []
    expect(formats).toContain(
      `<numFmt numFmtId="${number}" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/>`.replaceAll('\\', ''),
    )
  })

  test('has an empty cell where there is a gap, and texts that are no formulas', () => {
    expect(sheet).toMatch(/<c r="B2"[^>]*><v>1\.5</)
    expect(sheet).not.toMatch(/<c r="B3"/)
    expect(sheet).not.toContain('<f>')
    expect(parts['xl/sharedStrings.xml']).toContain('=1+1 (°C)')
  })
})

describe('the chart', () => {
  test('draws the cells of the data, by reference', () => {
    const chart = read('lines', { Basel: [1, 2, 3], Bern: [3, 2, 1] })['xl/charts/chart1.xml'] ?? ''
    expect([...chart.matchAll(/<c:f>(.*?)<\/c:f>/g)].map(([, formula]) => formula)).toEqual([
      ...['data!$B$1', 'data!$A$2:$A$4', 'data!$B$2:$B$4'],
      ...['data!$C$1', 'data!$A$2:$A$4', 'data!$C$2:$C$4'],
    ])
    expect(chart).toContain('<c:scatterChart>')
    expect(chart).toContain('<c:tickLblPos val="low"/>')
    expect(chart).toMatch(/<c:majorUnit val="[\d.e-]+"\/><\/c:valAx>/)
  })

  test('of bands is one for each series, with its lowest and highest', () => {
    const parts = read('bands', { a: [50, 60], b: [70, 80] })
    expect(Object.keys(parts).filter(name => name.startsWith('xl/charts/chart'))).toHaveLength(2)
    expect(parts['xl/charts/chart2.xml']).toContain('data!$G$2:$G$3')
  })

  test('of a stack has categories, not Excel’s axis of days', () => {
    const chart = read('stacked', { a: [1, 2], b: [3, 4] })['xl/charts/chart1.xml'] ?? ''
    expect(chart).toContain('<c:grouping val="stacked"/>')
    expect(chart).toContain('<c:auto val="0"/>')
    expect(chart).not.toContain('<c:dateAx>')
  })
})

const hour = 3600
test.each([
  [hour, 600, 'hh:mm'],
  [24 * hour, 3 * hour, 'hh:mm'],
  [7 * 24 * hour, 24 * hour, 'd mmm'],
  [365 * 24 * hour, 91 * 24 * hour, 'mmm yyyy'],
])('the ticks of %d seconds', (span, unit, format) => {
  expect(timeAxis({ from: 0, to: span * 1000 })).toEqual({ unit, format })
})
