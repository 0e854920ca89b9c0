import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, openFile, startBrowser, whyNoBrowser } from '../helpers/browser.ts'
import { chart, databaseWith, hours } from '../helpers/charts.ts'
import { noTimescale } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Charts of data that nobody would invent: in databases of their own, with the sample's tables. */
let toolkit: Toolkit
let folder: string
let browser: Browser | undefined
beforeAll(async () => {
  toolkit = await Toolkit.create()
  folder = await mkdtemp(join(tmpdir(), 'strange '))
  await toolkit.startDatabase()
  if (!noBrowser) browser = await startBrowser()
})
afterAll(async () => {
  await browser?.close()
  await toolkit.dispose()
  await rm(folder, { recursive: true, force: true })
})

const database = (name: string, rows: string) => databaseWith(toolkit, name, rows)
const draw = (name: string, line: string) => chart(toolkit, folder, line, { env: { PGDATABASE: name } })
const range = '--from 2026-01-30 --to 2026-01-31'

async function csvOf(name: string, line: string): Promise<string[][]> {
  const run = await draw(name, `${line} --output data.csv`)
  if (run.code !== 0) throw new Error(run.stderr)
  const text = await readFile(join(folder, 'data.csv'), 'utf8')
  return text
    .trimEnd()
    .split('\r\n')
    .map(row => row.split(','))
}

describe('names', () => {
  const names = [
    '<b>&amp;"\'',
    "x'); DROP TABLE meteo_metrics; --",
    '=HYPERLINK("http://a")',
    'שלום עולם',
    '😀 東京',
    'tab\tand\nline',
    `very ${'long '.repeat(60)}`,
  ]
  beforeAll(async () => {
    await database('names', `INSERT INTO meteo_metrics SELECT time, '', 1 FROM ${hours(288)}`)
    const client = await toolkit.client('names')
    for (const [at, name] of [...names, null].entries())
      await client.query(
        `INSERT INTO meteo_metrics SELECT time, $1, $2::float + sin(extract(epoch FROM time) / 7000) FROM ${hours(288)}`,
        [name, at / 8],
      )
    await client.query(`DELETE FROM meteo_metrics WHERE station = ''`)
    await client.end()
  })

  test.skipIf(noBrowser).each(['light', 'dark'] as const)(
    `of any kind: the picture is XML, and no two texts touch (%s)${whyNoBrowser}`,
    async colorScheme => {
      if (!browser) throw new Error('no browser')
      expect(await draw('names', `--metric temperature ${range} --output names.svg`)).toMatchObject({
        code: 0,
      })
      const page = await openFile(browser, join(folder, 'names.svg'), { colorScheme })
      expect(await page.evaluate('document.documentElement.nodeName')).toBe('svg')
      const boxes = (await page.evaluate(`[...document.querySelectorAll('text')].map(text => {
      const { x, y, width, height } = text.getBBox()
      return { words: text.textContent, x, y, width, height }
    })`)) as { words: string; x: number; y: number; width: number; height: number }[]
      expect(boxes.length).toBeGreaterThan(20)
      const touching = boxes.flatMap((a, at) =>
        boxes
          .slice(at + 1)
          .filter(
            b =>
              a.x < b.x + b.width &&
              b.x < a.x + a.width &&
              a.y + 2 < b.y + b.height - 2 &&
              b.y + 2 < a.y + a.height - 2,
          )
          .map(b => [a.words, b.words]),
      )
      expect(touching).toEqual([])
      expect(
        boxes.filter(({ x, width, y, height }) => x < 0 || x + width > 960 || y < 0 || y + height > 600),
      ).toEqual([])
      const background = await page.evaluate(`getComputedStyle(document.querySelector('.background')).fill`)
      expect(background).toBe(colorScheme === 'dark' ? 'rgb(22, 25, 29)' : 'rgb(255, 255, 255)')
    },
  )

  test('run nothing: not in SQL, not in a spreadsheet', async () => {
    await draw('names', `--metric temperature ${range} --output names.csv`)
    expect(await readFile(join(folder, 'names.csv'), 'utf8')).toContain(`"'=HYPERLINK(""http://a"") (°C)"`)
    expect(await toolkit.sql('SELECT count(*) > 0 AS there FROM meteo_metrics', 'names')).toEqual([
      { there: true },
    ])
  })
})

describe('values', () => {
  test('that are no numbers, and none, are gaps', async () => {
    await database(
      'gaps',
      `INSERT INTO meteo_metrics VALUES ('2026-01-30 12:00Z', 'a', 1), ('2026-01-30 12:01Z', 'a', 'NaN'),
        ('2026-01-30 12:02Z', 'a', NULL), ('2026-01-30 12:03Z', 'a', 'Infinity'), ('2026-01-30 12:04Z', 'a', 2)`,
    )
    const rows = await csvOf('gaps', '--metric temperature --from 2026-01-30T12:00 --to 2026-01-30T12:04')
    expect(rows.slice(1).map(([, value]) => value)).toEqual(['1', '', '', '', '2'])
  })

  test('all of which are missing: there is nothing to draw', async () => {
    await database('nulls', `INSERT INTO meteo_metrics VALUES ('2026-01-30 12:00Z', 'a', NULL)`)
    expect(await draw('nulls', `--metric temperature ${range}`)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/^error: There is no data between/),
    })
  })

  test('of one row alone', async () => {
    await database('one', `INSERT INTO meteo_metrics VALUES ('2026-01-30 12:00Z', 'a', 5)`)
    for (const file of ['one.svg', 'one.xlsx', 'one.csv'])
      expect(await draw('one', `--metric temperature --output ${file}`)).toMatchObject({
        code: 0,
        stderr: '',
      })
  })

  test('below zero are stacked downwards', async () => {
    await database(
      'solar',
      `INSERT INTO power_metrics SELECT time, s, 'L1', CASE s WHEN 'roof' THEN -2000 ELSE 3000 END FROM ${hours(24)}, unnest('{roof,house}'::text[]) s`,
    )
    const run = await draw('solar', `--metric power ${range} --output -`)
    const ticks = [...run.stdout.matchAll(/class="muted small end"[^>]*>([^<]*)</g)].map(([, label]) => label)
    expect(ticks).toContain('−2')
    expect(ticks).toContain('3')
  })
})

describe('many series', () => {
  test('of lines: those with the most readings, and how many there are', async () => {
    await database(
      'many',
      `INSERT INTO meteo_metrics SELECT time, 's' || s, s FROM ${hours(24)}, generate_series(1, 30) s WHERE s > 5 OR extract(hour FROM time) < 12`,
    )
    const run = await draw('many', `--metric temperature ${range} --output many.csv`)
    expect(run.stdout).toContain('8 of 30 series: those with the most readings.')
    const [header = ''] = (await readFile(join(folder, 'many.csv'), 'utf8')).split('\r\n')
    expect(header.split(',')).toHaveLength(9)
    for (const few of ['s1', 's2', 's3', 's4', 's5']) expect(header).not.toContain(`${few} `)
  })

  test('of a stack: the sum stays the sum', async () => {
    await database(
      'stack',
      `INSERT INTO power_metrics SELECT time, 's' || s, 'L1', s * 1000 FROM ${hours(24)}, generate_series(1, 30) s`,
    )
    const [header = [], ...rows] = await csvOf('stack', `--metric power ${range}`)
    expect(header.at(-1)).toBe('all others (kW)')
    const [row = []] = rows.filter(([, value]) => value !== '')
    expect(row.slice(1).reduce((sum, value) => sum + Number(value), 0)).toBeCloseTo((30 * 31) / 2, 6)
  })
})

test.skipIf(noTimescale)(
  `with and without TimescaleDB the buckets are the same${noTimescale ? ' (not run: this server has no TimescaleDB)' : ''}`,
  async () => {
    const rows = `INSERT INTO meteo_metrics SELECT time, 'a', extract(epoch FROM time)::int % 977 FROM
    generate_series('2024-02-20 00:07:13Z'::timestamptz, '2026-01-30Z', interval '7 hours 11 minutes') AS time`
    await database('plain', rows)
    await database('extended', 'CREATE EXTENSION timescaledb')
    await toolkit.sql(`SELECT create_hypertable('meteo_metrics', 'time'); ${rows}`, 'extended')
    for (const window of ['24h', '30d', '52w', '700d']) {
      const line = `--metric temperature --window ${window} --to 2026-01-30`
      expect(await csvOf('extended', line)).toEqual(await csvOf('plain', line))
    }
  },
)
