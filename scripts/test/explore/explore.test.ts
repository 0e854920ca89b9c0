import { existsSync } from 'node:fs'
import { readdir, readFile, readlink, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../explore/report.ts'
import { fingerprint } from '../../operations/fingerprint.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import { noTimescale } from '../helpers/place.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.ok('sample.ts', ['--days', '3'])
})
afterAll(() => toolkit.dispose())

type Explored = { files: { folder: string; json: string; html: string; latest: string }; statements: number }
const explore = async (...args: string[]): Promise<Explored & { report: Report }> => {
  const result: Explored = await toolkit.json('explore.ts', args)
  return { ...result, report: JSON.parse(await readFile(result.files.json, 'utf8')) }
}
const withoutTime = (text: string) => text.replace(/"generated_at": "[^"]+"/, '')

test('three files in a folder of their own that only we may read, and latest', async () => {
  const { files } = await explore()
  expect(basename(files.folder)).toMatch(/^postgres_\d{8}_\d{6}$/)
  expect((await readdir(files.folder)).sort()).toEqual(['report.html', 'report.json', 'report.md'])
  for (const name of await readdir(files.folder))
    expect((await stat(join(files.folder, name))).mode & 0o777, name).toBe(0o600)
  expect((await stat(files.folder)).mode & 0o777).toBe(0o700)
  expect(await readlink(files.latest)).toBe(basename(files.folder))
})

test('the sample: its tables, keys, comments and statistics; what a person reads first', async () => {
  const { report } = await explore()
  const table = report.relations.find(({ id }) => id === 'public.meteo_metrics')
  expect(table?.kind).toBe(noTimescale ? 'table' : 'hypertable')
  expect(table?.purpose).toMatchObject({ inferred: false, text: expect.stringContaining('the weather') })
  expect(table?.rows).toBe(Number((await toolkit.sql('SELECT count(*) FROM meteo_metrics'))[0].count))
  expect(table?.columns.find(({ name }) => name === 'humidity')?.statistics?.null_share).toBeGreaterThan(0)
  expect(table?.constraints.map(({ kind }) => kind)).toEqual(['primary key', 'check'])
  expect(table?.indexes.map(({ name }) => name)).toEqual(['meteo_metrics_pkey', 'meteo_metrics_time_idx'])
  if (!noTimescale) {
    expect(table?.hypertable?.chunks).toBe(
      Number((await toolkit.sql("SELECT count(*) FROM show_chunks('meteo_metrics')"))[0].count),
    )
    expect(table?.parts).toBe(table?.hypertable?.chunks)
  }
  const run = await toolkit.ok('explore.ts')
  expect(run.stdout).toMatch(/^postgres: PostgreSQL \d/)
  expect(run.stdout).toMatch(/Health: \d+ of 100, \d+ of \d+ checks assessed/)
  expect(run.stdout.split('\n').length).toBeLessThan(20)
  const markdown = await readFile(join(toolkit.home, 'reports/latest/report.md'), 'utf8')
  expect(markdown).toContain('# Report on database postgres')
  expect(markdown).toContain('Air temperature, degrees Celsius')
})

test('the same database in the same state: the same bytes, but for the time', async () => {
  const read = async () => withoutTime(await readFile((await explore()).files.json, 'utf8'))
  expect(await read()).toBe(await read())
})

test('as many statements for 200 tables as for a few, and nothing is changed', async () => {
  const few = await explore()
  const client = await toolkit.client()
  try {
    for (let i = 0; i < 200; i += 1)
      await client.query(`CREATE TABLE many_${i} (id int PRIMARY KEY, other int REFERENCES stations)`)
    const before = await fingerprint(client)
    const [{ id: first }] = (await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id'))
      .rows
    const many = await explore()
    const [{ id: last }] = (await client.query('SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS id'))
      .rows
    expect(many.statements).toBe(few.statements)
    expect(many.statements).toBeLessThan(60)
    expect(many.report.summary.tables).toBe(few.report.summary.tables + 200)
    expect(await fingerprint(client)).toEqual(before)
    // Whatever is written takes a transaction id.
    expect(last).toBe(first)
    for (let i = 0; i < 200; i += 1) await client.query(`DROP TABLE many_${i}`)
  } finally {
    await client.end()
  }
})

test('DIFF: what is different since an older report', async () => {
  const { files } = await explore()
  await toolkit.sql('CREATE TABLE newcomer (id int PRIMARY KEY); ALTER TABLE stations ADD COLUMN colour text')
  const { report } = await explore('--diff', files.folder)
  expect(JSON.stringify(report.drift?.added)).toContain('newcomer')
  expect(JSON.stringify(report.drift)).toContain('colour')
  expect(await readFile(join(toolkit.home, 'reports/latest/report.md'), 'utf8')).toContain('newcomer')
  await toolkit.sql('DROP TABLE newcomer; ALTER TABLE stations DROP COLUMN colour')
  await writeFile(join(toolkit.home, 'no report.json'), '{"a": 1}')
  expect(outcome(await toolkit.run('explore.ts', ['--diff', join(toolkit.home, 'no report.json')]))).toMatch(
    ended(4),
  )
})

test('FAIL_ON ends with 9 when it is reached; a check that is switched off counts no more', async () => {
  // No primary key, and nothing else wrong with it.
  await toolkit.sql('CREATE TABLE keyless AS SELECT 1 AS n')
  const { report } = await explore()
  const finding = report.findings.find(({ object }) => object === 'public.keyless')
  expect(finding).toBeDefined()
  expect((await toolkit.run('explore.ts', ['--fail-on', 'notice'])).code).toBe(9)
  expect((await toolkit.run('explore.ts', [])).code).toBe(0)
  const config = join(toolkit.home, 'my config.yaml')
  await writeFile(config, `checks:\n  "${finding?.check}": off\n`)
  const without = await explore('--config', config)
  expect(without.report.findings.filter(({ check }) => check === finding?.check)).toEqual([])
  expect(without.report.checks.find(({ number }) => number === finding?.check)?.outcome).toBe('off')
  await toolkit.sql('DROP TABLE keyless')
})

test('OUTPUT is another folder; one with other things in it is left alone', async () => {
  const folder = join(toolkit.home, 'a report & more')
  await toolkit.ok('explore.ts', ['--output', folder])
  await toolkit.ok('explore.ts', ['--output', folder])
  expect((await readdir(folder)).length).toBe(3)
  const run = await toolkit.run('explore.ts', ['--output', toolkit.home])
  expect(outcome(run)).toMatch(ended(4))
  expect(existsSync(join(toolkit.home, 'mnt'))).toBe(true)
})

test('two at once write two reports', async () => {
  const before = (await readdir(join(toolkit.home, 'reports'))).length
  const runs = await Promise.all([toolkit.ok('explore.ts'), toolkit.ok('explore.ts')])
  expect(runs.map(({ code }) => code)).toEqual([0, 0])
  const names = await readdir(join(toolkit.home, 'reports'))
  expect(names.length).toBe(before + 2)
  expect(names.filter(name => name.endsWith('.partial'))).toEqual([])
})

test.skipIf(!canMount)(`a full disk: 2, and nothing is left behind${whyNoDisk}`, async () => {
  await withSmallDisk(1, async folder => {
    await writeFile(join(folder, 'fill'), Buffer.alloc(1_000_000))
    const run = await toolkit.run('explore.ts', ['--reports-dir', join(folder, 'reports')])
    expect(outcome(run)).toMatch(ended(2))
    expect(await readdir(join(folder, 'reports')).catch(() => [])).toEqual([])
  })
})

test('wrong password, no such database: 1', async () => {
  expect(outcome(await toolkit.run('explore.ts', [], { env: { PGPASSWORD: 'wrong' } }))).toMatch(ended(1))
  const run = await toolkit.run('explore.ts', ['--database', 'nowhere'])
  expect(outcome(run)).toMatch(ended(1))
  expect(run.stderr).toContain('There is no database “nowhere”')
})
