import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shellWord } from '../../terminal/shell_words.ts'
import { app, chart, databaseWith, hours } from '../helpers/charts.ts'
import {
  canMount,
  diskCommands,
  readOnlyCommands,
  shell,
  whyNoDisk,
  withSmallDisk,
} from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Whatever goes wrong with a chart: one line that says what, the right exit code, and no file. */
let toolkit: Toolkit
let folder: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  folder = await mkdtemp(join(tmpdir(), 'errors '))
  await toolkit.startDatabase()
})
afterAll(async () => {
  await toolkit.dispose()
  await rm(folder, { recursive: true, force: true })
})

const draw = (name: string, line: string) => chart(toolkit, folder, line, { env: { PGDATABASE: name } })
const range = '--from 2026-01-30 --to 2026-01-31'

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
    await databaseWith(toolkit, 'week', `INSERT INTO meteo_metrics SELECT time, 'a', 1 FROM ${hours(24)}`)
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
