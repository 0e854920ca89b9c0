import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { planSample } from './sample.ts'

// A Monday: the four days before it are two working days and a weekend.
const until = new Date('2025-06-30T12:00:00Z')
const span = { days: 4, until }
const shortSpan = { days: 1, until }
const week = { days: 7, until }
const hour = 3_600_000

type Row = (string | null)[]

function rowsOf(name: string, { days, until } = span): Row[] {
  const table = planSample({ days, until }).tables.find(t => t.name === name)
  if (!table) throw new Error(`no table ${name}`)
  const rows: Row[] = []
  for (const { text, rows: count } of table.chunks()) {
    const lines = text.trimEnd().split('\n')
    expect(lines).toHaveLength(count)
    for (const line of lines) rows.push(line.split('\t').map(value => (value === '\\N' ? null : value)))
  }
  expect(rows).toHaveLength(table.rows)
  expect(rows.every(row => row.length === table.columns.length)).toBe(true)
  return rows
}

const digest = (of: { days: number; until: Date }): string => {
  const hash = createHash('sha256')
  for (const table of planSample(of).tables) for (const { text } of table.chunks()) hash.update(text)
  return hash.digest('hex')
}

const numbers = (rows: Row[], column: number): number[] =>
  rows.flatMap(row => (row[column] == null ? [] : [Number(row[column])]))
const lowest = (values: number[]) => values.reduce((a, b) => Math.min(a, b))
const highest = (values: number[]) => values.reduce((a, b) => Math.max(a, b))
const mean = (values: number[]) => values.reduce((a, b) => a + b, 0) / values.length
const timeOf = (row: Row | undefined) => Date.parse(row?.[0] ?? '')

function bySeries(rows: Row[], ...columns: number[]): Map<string, Row[]> {
  const series = new Map<string, Row[]>()
  for (const row of rows) {
    const name = columns.map(column => row[column]).join('/')
    const list = series.get(name)
    if (list) list.push(row)
    else series.set(name, [row])
  }
  return series
}

const longestGap = (rows: Row[]): number =>
  highest(rows.slice(1).map((row, index) => timeOf(row) - timeOf(rows[index])))

function correlation(pairs: (readonly [number, number])[]): number {
  const x = mean(pairs.map(p => p[0]))
  const y = mean(pairs.map(p => p[1]))
  const sum = (of: (a: number, b: number) => number) => pairs.reduce((s, [a, b]) => s + of(a - x, b - y), 0)
  return sum((a, b) => a * b) / Math.sqrt(sum(a => a * a) * sum((_, b) => b * b))
}

const meteo = rowsOf('meteo_metrics')
const power = rowsOf('power_metrics')
const health = rowsOf('health_metrics')
const tables = [
  { name: 'meteo_metrics', series: bySeries(meteo, 1), count: 5 },
  { name: 'power_metrics', series: bySeries(power, 1, 2), count: 15 },
  { name: 'health_metrics', series: bySeries(health, 1, 2), count: 12 },
]

describe('the same days and until', () => {
  test('give the same bytes', () => {
    expect(digest(shortSpan)).toBe(digest({ days: 1, until: new Date(until) }))
    expect(digest(shortSpan)).not.toBe(digest({ days: 0.9, until }))
  })

  test('give these bytes: a change here changes every chart and demo that is made of the sample', () => {
    expect(digest(shortSpan)).toMatchInlineSnapshot(
      `"e40e8a11bcbb34ecc24e14b52ed111587d4caaeffeef1332f70016f5c7375e25"`,
    )
  })

  test('chunks begin anew each time', () => {
    const [stations] = planSample(shortSpan).tables
    expect([...(stations?.chunks() ?? [])]).toEqual([...(stations?.chunks() ?? [])])
  })
})

describe('times', () => {
  test.each(tables)('$name: every series ends at until, in order, within the range', ({ series, count }) => {
    expect(series.size).toBe(count)
    for (const rows of series.values()) {
      expect(rows.at(-1)?.[0]).toBe('2025-06-30T12:00:00Z')
      expect(timeOf(rows[0])).toBeGreaterThan(until.getTime() - 4 * 24 * hour)
      expect(rows.every((row, index) => index === 0 || timeOf(row) > timeOf(rows[index - 1]))).toBe(true)
    }
  })

  test('an until with a fraction is kept', () => {
    const rows = rowsOf('meteo_metrics', { days: 1, until: new Date('2024-02-29T23:59:17.250Z') })
    expect(rows.at(-1)?.[0]).toBe('2024-02-29T23:59:17.250Z')
  })

  test.each([0.0001, 0.01, 0.3, 1])('%s days end at until as well', days => {
    for (const { name } of tables)
      expect(rowsOf(name, { days, until }).at(-1)?.[0]).toBe('2025-06-30T12:00:00Z')
  })

  test('the newest outages are the same in a longer sample', () => {
    const from = (days: number) =>
      rowsOf('meteo_metrics', { days, until }).filter(row => timeOf(row) > until.getTime() - 6 * 24 * hour)
    const moments = (rows: Row[]) => rows.map(row => `${row[0]} ${row[1]}`)
    expect(moments(from(14))).toEqual(moments(from(7)))
  })
})

describe('row counts', () => {
  test('are what was announced, and a week is about 700,000', () => {
    expect(planSample(span).rows).toBe(5 + meteo.length + power.length + health.length)
    expect(planSample(week).rows).toBeGreaterThan(500_000)
    expect(planSample(week).rows).toBeLessThan(1_000_000)
  })

  test('chunks are about 64 KB', () => {
    const [, , table] = planSample(shortSpan).tables
    const sizes = [...(table?.chunks() ?? [])].map(({ text }) => text.length)
    expect(highest(sizes)).toBeLessThan(66_000)
    expect(lowest(sizes.slice(0, -1))).toBeGreaterThanOrEqual(65_536)
  })
})

describe('the weather', () => {
  const stations = bySeries(meteo, 1)

  test('stations are those of meteo_metrics', () => {
    expect(rowsOf('stations').map(row => row[0])).toEqual([...stations.keys()])
  })

  test('is possible', () => {
    for (const some of [span, { days: 3, until: new Date('2025-01-20T00:00:00Z') }]) {
      const rows = rowsOf('meteo_metrics', some)
      expect(lowest(numbers(rows, 2))).toBeGreaterThan(-40)
      expect(highest(numbers(rows, 2))).toBeLessThan(40)
      expect(lowest(numbers(rows, 3))).toBeGreaterThanOrEqual(0)
      expect(highest(numbers(rows, 3))).toBeLessThanOrEqual(100)
      expect(lowest(numbers(rows, 4))).toBeGreaterThan(960)
      expect(highest(numbers(rows, 4))).toBeLessThan(1060)
    }
  })

  test('is warmer by day, in summer, and in the valley', () => {
    const at = (rows: Row[], hours: number[]) =>
      mean(
        numbers(
          rows.filter(row => hours.includes(new Date(timeOf(row)).getUTCHours())),
          2,
        ),
      )
    for (const rows of stations.values())
      expect(at(rows, [13, 14, 15])).toBeGreaterThan(at(rows, [1, 2, 3]) + 3)
    const winter = rowsOf('meteo_metrics', { days: 7, until: new Date('2025-01-31T00:00:00Z') })
    expect(mean(numbers(winter, 2))).toBeLessThan(mean(numbers(meteo, 2)) - 8)
    const [valley, peak] = ['Lugano', 'Jungfraujoch'].map(name => mean(numbers(stations.get(name) ?? [], 2)))
    expect(valley).toBeGreaterThan((peak ?? 99) + 15)
  })

  test('is drier when it is warmer', () => {
    for (const rows of stations.values()) {
      const pairs = rows.flatMap(row =>
        row[2] == null || row[3] == null ? [] : [[Number(row[2]), Number(row[3])] as const],
      )
      expect(correlation(pairs)).toBeLessThan(-0.6)
    }
  })

  test('has outages of hours, and NULL readings', () => {
    expect(longestGap(stations.get('Davos') ?? [])).toBeGreaterThan(3 * hour)
    expect(longestGap(stations.get('Bern') ?? [])).toBe(60_000)
    for (const column of [2, 3, 4]) {
      const missing = meteo.filter(row => row[column] === null).length
      expect(missing).toBeGreaterThan(10)
      expect(missing).toBeLessThan(meteo.length * 0.02)
    }
    expect(meteo.some(row => row[3] === null && row[2] !== null)).toBe(true)
  })
})

describe('power', () => {
  const during = (name: string, which: (time: Date) => boolean) =>
    mean(
      numbers(
        power.filter(row => row[1] === name && which(new Date(timeOf(row)))),
        5,
      ),
    )
  const isWeekend = (time: Date) => [0, 6].includes(time.getUTCDay())

  test('is voltage times current, in possible ranges', () => {
    const wrong = power.filter(row => Math.abs(Number(row[3]) * Number(row[4]) - Number(row[5])) > 0.0051)
    expect(wrong).toEqual([])
    expect(lowest(numbers(power, 3))).toBeGreaterThan(220)
    expect(highest(numbers(power, 3))).toBeLessThan(240)
    expect(lowest(numbers(power, 4))).toBeGreaterThan(0)
    expect(highest(numbers(power, 4))).toBeLessThan(25)
  })

  test('follows the day and the week', () => {
    const noon = (time: Date) => time.getUTCHours() === 12
    const night = (time: Date) => time.getUTCHours() === 0
    expect(during('office', t => noon(t) && !isWeekend(t))).toBeGreaterThan(4 * during('office', night))
    expect(during('office', t => noon(t) && !isWeekend(t))).toBeGreaterThan(
      3 * during('office', t => noon(t) && isWeekend(t)),
    )
  })

  test('has spikes, and a meter that falls silent', () => {
    const network = power.filter(row => row[1] === 'network' && row[2] === 'L1')
    expect(highest(numbers(network, 5))).toBeGreaterThan(1.4 * mean(numbers(network, 5)))
    expect(longestGap(network)).toBeGreaterThan(hour)
  })
})

describe('health', () => {
  test('is from 0 to 100, mostly high, with incidents', () => {
    const values = numbers(health, 3)
    expect(lowest(values)).toBeGreaterThanOrEqual(0)
    expect(highest(values)).toBeLessThanOrEqual(100)
    expect(values.filter(value => value > 70).length / values.length).toBeGreaterThan(0.95)
    for (const service of ['api', 'dashboard', 'database', 'ingest']) {
      const own = health.filter(row => row[1] === service && row[2] === 'availability')
      expect(mean(numbers(own, 3))).toBeGreaterThan(96)
      expect(lowest(numbers(own, 3))).toBeLessThan(80)
    }
  })
})

describe('what cannot be', () => {
  test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%s days', days => {
    expect(() => planSample({ days, until })).toThrow(RangeError)
  })

  test.each(['1970-01-03', '+010000-01-01T00:00:00Z', 'no date'])('until %s', text => {
    expect(() => planSample({ days: 7, until: new Date(text) })).toThrow(RangeError)
  })
})
