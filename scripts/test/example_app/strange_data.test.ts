import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shellWord } from '../../terminal/shell_words.ts'
import { noBrowser, openFile, startBrowser, whyNoBrowser } from '../helpers/browser.ts'
import { app, chart } from '../helpers/charts.ts'
import { noTimescale } from '../helpers/place.ts'
import {
  canMount,
  diskCommands,
  readOnlyCommands,
  shell,
  whyNoDisk,
  withSmallDisk,
} from '../helpers/small_disk.ts'
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

const tables = `
  CREATE TABLE meteo_metrics (time timestamptz NOT NULL, station text, temperature float);
  CREATE TABLE power_metrics (time timestamptz NOT NULL, service_name text, channel text, power float);
  CREATE TABLE health_metrics_1min_cagg (time timestamptz NOT NULL, service text, avg_health float, min_percentage float, max_percentage float);`

/** A database with such tables, and these rows in them. */
async function database(name: string, rows: string): Promise<void> {
  await toolkit.sql(`CREATE DATABASE ${name} TEMPLATE template0`)
  await toolkit.sql(`${tables} ${rows}`, name)
}
const draw = (name: string, line: string) => chart(toolkit, folder, line, { env: { PGDATABASE: name } })
const range = '--from 2026-01-30 --to 2026-01-31'
const hours = (count: number) =>
  `generate_series('2026-01-30 00:30Z'::timestamptz, '2026-01-30 23:30Z', interval '1 day' / ${count}) AS time`

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

describe('errors, each one clear line, and no file', () => {
  const present = async () => (await readdir(folder)).sort()
  const refused = async (
    run: Promise<{ code: number; stdout: string; stderr: string }>,
    code: number,
    words: RegExp,
  ) => {
    const files = await present()
    const { code: ended, stdout, stderr } = await run
    expect([ended, stdout]).toEqual([code, ''])
    expect(stderr).toMatch(words)
    expect(stderr).toMatch(/^error: [^\n]+\n(HINT: {2}[^\n]+\n)?$/)
    expect(await present()).toEqual(files)
  }

  beforeAll(async () => {
    await database('week', `INSERT INTO meteo_metrics SELECT time, 'a', 1 FROM ${hours(24)}`)
    await toolkit.sql(`CREATE ROLE nobody LOGIN PASSWORD 'nothing'`)
  })

  test.each([
    ['a metric that there is not', 'week', '--metric cpu', 4, /“cpu”.*\n.*temperature, health or power/],
    ['a window that is none', 'week', '--metric power --window 24x', 4, /“24x” is no window of time/],
    [
      'an ending that nobody knows',
      'week',
      '--metric temperature --output a.pdf',
      4,
      /“\.pdf” is not a kind of file/,
    ],
    [
      'a folder that is not there',
      'week',
      `--metric temperature ${range} --output nowhere/a.svg`,
      4,
      /There is no folder nowhere/,
    ],
    [
      'a time without data',
      'week',
      '--metric temperature --from 2025-01-01 --to 2025-01-02',
      4,
      /There is no data between 1 Jan 2025 00:00 and 2 Jan 2025 00:00 UTC; the newest row is of 30 Jan 2026 23:30 UTC/,
    ],
    [
      'an empty table',
      'week',
      '--metric power',
      4,
      /the table power_metrics is empty.*\nHINT: .*make sample/,
    ],
    [
      'a table that is missing',
      'postgres',
      '--metric temperature',
      5,
      /meteo_metrics.*\nHINT: .*make sample/,
    ],
    ['a database that is missing', 'nowhere', '--metric temperature', 1, /There is no database “nowhere”/],
  ])('%s', async (_, name, line, code, words) => refused(draw(name, line), code, words))

  test.each([
    ['a wrong password', { PGPASSWORD: 'wrong' }, 1, /The password of role “postgres” is wrong/],
    ['a server that is not there', { PGPORT: '1' }, 1, /Nothing answers at localhost:1/],
    [
      'a host that is not there',
      { PGHOST: 'no.such.host.invalid' },
      1,
      /There is no host called no.such.host.invalid/,
    ],
    [
      'a role that may not read',
      { PGUSER: 'nobody', PGPASSWORD: 'nothing' },
      1,
      /may not read.*\nHINT: .*GRANT/,
    ],
    ['a port that is none', { PGPORT: 'http' }, 4, /PGPORT is “http”/],
  ])('%s', async (_, env, code, words) => {
    await refused(
      chart(toolkit, folder, `--metric temperature ${range}`, { env: { PGDATABASE: 'week', ...env } }),
      code,
      words,
    )
  })

  test('a table whose columns are others', async () => {
    await toolkit.sql('CREATE DATABASE others TEMPLATE template0')
    await toolkit.sql(`CREATE TABLE meteo_metrics AS SELECT now() AS time, 1 AS temp`, 'others')
    await refused(
      draw('others', '--metric temperature'),
      5,
      /not as it should be: column .*\nHINT: .*src\/metrics/,
    )
  })

  test.skipIf(!canMount)(`a place that may not be written${whyNoDisk}`, async () => {
    const { turn, back } = readOnlyCommands(folder)
    shell(turn)
    try {
      await refused(
        draw('week', `--metric temperature ${range} --output a.svg`),
        5,
        /a\.svg may not be written/,
      )
    } finally {
      shell(back)
    }
  })

  test.skipIf(!canMount)(`a full disk${whyNoDisk}`, async () => {
    await withSmallDisk(1, async disk => {
      shell(diskCommands(disk, 1).fill())
      const run = chart(toolkit, disk, `--metric temperature ${range}`, { env: { PGDATABASE: 'week' } })
      await refused(run, 2, /The disk of temperature_.*\.svg is full/)
      expect(await readdir(disk)).toEqual([])
    })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)(
    '%s while the server works: 130, and the server stops as well',
    async signal => {
      const holder = await toolkit.client('week')
      await holder.query('BEGIN; LOCK TABLE meteo_metrics')
      const files = await present()
      const env = { PGDATABASE: 'week' }
      const { child, done } = toolkit.start('../example-app/chart.ts', ['--metric', 'temperature'], {
        cwd: folder,
        env,
      })
      const waiting = async () =>
        Number(
          (
            await toolkit.sql(`SELECT count(*) FROM pg_stat_activity WHERE application_name = 'example-app'`)
          )[0].count,
        )
      await expect.poll(waiting, { timeout: 20_000 }).toBe(1)
      child.kill(signal)
      expect(await done).toEqual({
        code: 130,
        stdout: '',
        stderr: 'error: Interrupted: nothing was written.\n',
      })
      await expect.poll(waiting, { timeout: 10_000 }).toBe(0)
      await holder.end()
      expect(await present()).toEqual(files)
    },
  )

  test('the server goes away while it works', async () => {
    const holder = await toolkit.client('week')
    await holder.query('BEGIN; LOCK TABLE meteo_metrics')
    const run = draw('week', '--metric temperature')
    const end = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'example-app' AND wait_event_type = 'Lock'`
    await expect.poll(async () => Number((await toolkit.sql(end))[0].count), { timeout: 20_000 }).toBe(1)
    await refused(run, 1, /Asking the server at localhost:\d+ failed: terminating connection/)
    await holder.end()
  })

  test('standard output is a file on a full disk', async () => {
    const env = { ...process.env, ...toolkit.env, PGDATABASE: 'week' }
    const command = `exec ${shellWord(process.execPath)} --import tsx chart.ts --metric temperature ${range} --output - >/dev/full`
    const run = promisify(execFile)('sh', ['-c', command], { cwd: app, env })
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^error: The disk is full/),
    })
  })

  test('an old file stays as it was', async () => {
    await writeFile(join(folder, 'kept.svg'), 'the old one')
    await draw('week', '--metric power --output kept.svg')
    expect(await readFile(join(folder, 'kept.svg'), 'utf8')).toBe('the old one')
  })
})
