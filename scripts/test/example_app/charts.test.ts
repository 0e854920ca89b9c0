import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { app, chart, drawn, printed, rowsOfColour, whyNotHere, zip } from '../helpers/charts.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The charts of a week of sample data that always has the same rows, against the ones in example-app/examples. */
const whyNoOffice = await whyNotHere('soffice', 'pdfinfo', 'pdftoppm')
const whyNoRenderer = await whyNotHere('rsvg-convert')

let toolkit: Toolkit
let folder: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  folder = await mkdtemp(join(tmpdir(), 'charts '))
  await toolkit.startDatabase()
  await toolkit.ok('sample.ts', ['--days', '7', '--until', '2026-01-31T12:00:00Z'])
})
afterAll(async () => {
  await toolkit.dispose()
  await rm(folder, { recursive: true, force: true })
})

const made = (line: string, file: string) => drawn(toolkit, folder, line, file)

describe('pictures', () => {
  test.each([
    ['temperature', '24h'],
    ['health', '24h'],
    ['power', '24h'],
    ['power', '7d'],
  ])(
    '%s of %s is what example-app/examples has (UPDATE_EXPECTED=1 writes it anew)',
    async (metric, window) => {
      const { content, stdout } = await made(
        `--metric ${metric} --window ${window}`,
        `${metric}_${window}.svg`,
      )
      const golden = join(app, 'examples', `${metric}_${window}.svg`)
      if (process.env.UPDATE_EXPECTED) await writeFile(golden, content)
      expect(content.toString()).toBe(await readFile(golden, 'utf8'))
      expect(stdout).toContain('The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.')
    },
  )

  test('without --output the file is called after the metric and the window', async () => {
    expect((await chart(toolkit, folder, '--metric temperature --window 90m')).code).toBe(0)
    expect(await readdir(folder)).toContain('temperature_90m.svg')
  })

  test('- is the picture on standard output, and nothing else', async () => {
    const { stdout, code } = await chart(toolkit, folder, '--metric power --output -')
    expect([code, stdout]).toEqual([0, await readFile(join(app, 'examples/power_24h.svg'), 'utf8')])
  })

  test('a reader that has seen enough is no error', async () => {
    const { child, done } = toolkit.start(
      '../example-app/chart.ts',
      ['--metric', 'health', '--output', '-'],
      { cwd: folder },
    )
    // Gone before the first byte: the pipe would hold a picture that nobody reads.
    child.stdout?.destroy()
    expect(await done).toMatchObject({ code: 0, stderr: '' })
  })

  test.skipIf(whyNoRenderer)(`PNG has twice the pixels${whyNoRenderer}`, async () => {
    const { content } = await made('--metric temperature --theme dark', 'dark.png')
    expect(content.subarray(1, 4).toString()).toBe('PNG')
    expect([content.readUInt32BE(16), content.readUInt32BE(20)]).toEqual([1920, expect.any(Number)])
  })

  test('where no program can make PNG of it, that is said, and nothing is left', async () => {
    const run = await chart(toolkit, folder, '--metric temperature --output none.png', {
      env: { PATH: '/nowhere' },
    })
    expect(run).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/no program on this machine that makes PNG.*\nHINT: .*librsvg2-bin/),
    })
    expect((await readdir(folder)).filter(name => name.startsWith('none'))).toEqual([])
  })
})

describe('time', () => {
  const said = async (line: string) => {
    const run = await chart(toolkit, folder, `${line} --metric temperature --output time.csv`)
    const rows = (await readFile(join(folder, 'time.csv'), 'utf8')).split('\r\n').slice(1, -1)
    return { ...run, first: rows[0]?.slice(0, 16), last: rows.at(-1)?.slice(0, 16), rows: rows.length }
  }

  test('a window that is longer than the data draws what there is, and says how much that is', async () => {
    const run = await said('--window 36500d')
    expect(run).toMatchObject({ code: 0, first: '2026-01-24T12:00', last: '2026-01-31T12:00' })
    expect(run.stdout).toContain('7 of 36500 days: there are no older rows.')
  })

  test('from a moment to another one, also in a time zone', async () => {
    const run = await said('--from 2026-01-26T01:00+01:00 --to 2026-01-26T06:00Z')
    expect(run).toMatchObject({ code: 0, first: '2026-01-26T00:00', last: '2026-01-26T06:00', rows: 361 })
  })

  test('rows that come now: the window ends now, not at the newest row', async () => {
    await toolkit.sql(`CREATE DATABASE live`)
    await toolkit.sql(
      `CREATE TABLE meteo_metrics (time timestamptz PRIMARY KEY, station text, temperature float);
       INSERT INTO meteo_metrics SELECT now() - n * interval '1 minute', 'here', n FROM generate_series(30, 3000) n`,
      'live',
    )
    const run = await chart(toolkit, folder, '--metric temperature --window 1h --output live.csv', {
      env: { PGDATABASE: 'live' },
    })
    const rows = (await readFile(join(folder, 'live.csv'), 'utf8')).split('\r\n').slice(1, -1)
    expect(run).toMatchObject({ code: 0, stdout: expect.not.stringContaining('newest row') })
    expect(rows.length).toBeGreaterThanOrEqual(60)
    expect(rows.slice(-25).every(row => row.endsWith(','))).toBe(true)
    expect(rows.slice(1, 25).every(row => /,\d+$/.test(row))).toBe(true)
  })
})

describe('figures', () => {
  test('are those of the database', async () => {
    const { content } = await made(
      '--metric power --from 2026-01-30T10:00 --to 2026-01-30T12:59',
      'figures.csv',
    )
    const [header = '', ...rows] = content.toString().split('\r\n')
    const at = header.split(',').indexOf('compute (kW)')
    const row = rows.find(line => line.startsWith('2026-01-30T11:15:00'))?.split(',')
    const [expected] = await toolkit.sql(
      `SELECT sum(watts) / 1000 AS kw FROM (SELECT avg(power) AS watts FROM power_metrics
        WHERE service_name = 'compute' AND time >= '2026-01-30T11:15Z' AND time < '2026-01-30T11:15:30Z' GROUP BY channel) c`,
    )
    expect(Number(row?.[at])).toBeCloseTo(expected.kw, 9)
  })

  test('a preview shows the same series in the terminal, and writes no file', async () => {
    const before = await readdir(folder)
    const { stdout, code } = await chart(toolkit, folder, '--metric temperature --preview')
    expect(code).toBe(0)
    for (const words of [
      'Air temperature by station, °C',
      'Lugano 5.0',
      'Jungfraujoch −16.0',
      '30 Jan 2026 12:00',
    ])
      expect(stdout).toContain(words)
    expect(stdout.match(/[\u2801-\u28ff]/g)?.length).toBeGreaterThan(100)
    expect(await readdir(folder)).toEqual(before)
  })
})

describe('a workbook', () => {
  const colours = ['#0072b2', '#d55e00', '#2c1877', '#c27e95', '#6e351a']

  test.skipIf(whyNoOffice).each(['temperature', 'power', 'health'])(
    `of %s, opened by LibreOffice, shows every series${whyNoOffice}`,
    async metric => {
      const file = `${metric}.xlsx`
      await made(`--metric ${metric}`, file)
      const page = await printed(join(folder, file))
      const series = metric === 'health' ? 4 : 5
      for (const colour of colours.slice(0, series))
        expect(rowsOfColour(page, colour).length).toBeGreaterThan(100)
    },
  )

  test.skipIf(whyNoOffice)(`is drawn anew when its data is changed${whyNoOffice}`, async () => {
    await made('--metric temperature', 'before.xlsx')
    const files = zip.unzipSync(await readFile(join(folder, 'before.xlsx')))
    const name = 'xl/worksheets/sheet1.xml'
    // Basel becomes warmer than everybody.
    const sheet = Buffer.from(files[name] ?? []).toString()
    const changed = sheet.replace(/(<c r="B\d+" s="\d+"><v>)[^<]+/g, '$130')
    expect(changed).not.toBe(sheet)
    await writeFile(join(folder, 'after.xlsx'), zip.zipSync({ ...files, [name]: Buffer.from(changed) }))
    const [before, after] = [
      await printed(join(folder, 'before.xlsx')),
      await printed(join(folder, 'after.xlsx')),
    ]
    const isAbove = (page: typeof before) =>
      Math.min(...rowsOfColour(page, '#0072b2')) < Math.min(...rowsOfColour(page, '#6e351a'))
    expect([isAbove(before), isAbove(after)]).toEqual([false, true])
  })
})
