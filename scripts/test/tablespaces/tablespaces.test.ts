import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyBackup, ended, formers, goBack, outcome, reseal, said } from '../helpers/cluster.ts'
import { docker, Toolkit } from '../helpers/toolkit.ts'

const inside = '/var/lib/postgresql/tablespaces'
let toolkit: Toolkit
let saved: string

const inServer = (script: string) =>
  docker('exec', '--user', 'postgres', toolkit.container, 'bash', '-euc', script)
const oids = async (): Promise<Record<string, string>> => {
  const rows = await toolkit.sql(
    `SELECT oid::text, spcname FROM pg_tablespace WHERE spcname ~ '^(fast|slow)'`,
  )
  return Object.fromEntries(rows.map(({ oid, spcname }) => [spcname, oid]))
}
/** What both tablespaces hold, and that it lies there. */
const look = () =>
  toolkit.sql(`
    SELECT (SELECT count(*) || ' ' || sum(n) FROM in_fast) AS fast,
           (SELECT count(*) || ' ' || sum(value) FROM in_slow) AS slow,
           (SELECT count(*) FROM pg_class c JOIN pg_tablespace t ON t.oid = reltablespace WHERE spcname = 'slow') > 1 AS chunks_there`)
const locations = async (): Promise<string[]> =>
  (
    await toolkit.sql(
      `SELECT pg_tablespace_location(oid) AS l FROM pg_tablespace WHERE spcname ~ '^(fast|slow)' ORDER BY 1`,
    )
  ).map(r => r.l)
const ownFolders = (): Promise<string> => toolkit.asRoot(`ls '${toolkit.dataDir}-tablespaces' | sort`)

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await inServer(`mkdir '${inside}/fast disk' '${inside}/slow disk'`)
  await toolkit.sql(`CREATE TABLESPACE fast LOCATION '${inside}/fast disk'`)
  await toolkit.sql(`CREATE TABLESPACE slow LOCATION '${inside}/slow disk'`)
  await toolkit.sql(`
    CREATE EXTENSION IF NOT EXISTS timescaledb;
    CREATE TABLE in_fast TABLESPACE fast AS SELECT generate_series(1, 5000) AS n;
    CREATE TABLE in_slow (time timestamptz NOT NULL, value int) TABLESPACE slow;
    SELECT create_hypertable('in_slow', 'time');
    INSERT INTO in_slow SELECT '2026-01-01'::timestamptz + n * interval '1 hour', n FROM generate_series(1, 2000) n`)
  saved = await toolkit.save()
})
afterAll(() => toolkit.dispose())

test('tar: new folders for what is restored, the former keeps its own', async () => {
  const before = await look()
  expect(before[0].chunks_there).toBe(true)
  await toolkit.sql('DELETE FROM in_fast; DROP TABLE in_slow')
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  expect(await look()).toEqual(before)
  const { fast, slow } = await oids()
  for (const [i, oid] of [fast, slow].sort().entries())
    expect((await locations())[i]).toMatch(new RegExp(`^${inside}/${oid}-\\d{8}_\\d{6}$`))

  await goBack(toolkit)
  expect(await locations()).toEqual([`${inside}/fast disk`, `${inside}/slow disk`])
  expect(await toolkit.sql('SELECT count(*)::int AS n FROM in_fast')).toEqual([{ n: 0 }])
})

test('discard-former frees the tablespaces of the former data, and no others', async () => {
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  const used = (await locations()).map(l => l.slice(inside.length + 1))
  expect(await ownFolders()).toContain('slow disk')
  await toolkit.ok('database.ts', ['discard-former', '--yes'])
  const left = (await ownFolders()).split('\n')
  expect(left).not.toContain('slow disk')
  expect(left).not.toContain('fast disk')
  expect(left).toEqual(expect.arrayContaining(used))
  expect((await look())[0].fast).toMatch(/^5000 /)
})

test('plain, and what was restored saves and restores again', async () => {
  const before = await look()
  for (const format of ['plain', 'tar']) {
    const again = await toolkit.save('--format', format)
    await toolkit.sql('DELETE FROM in_fast; DELETE FROM in_slow')
    await toolkit.ok('restore_docker.ts', [again, '--yes'])
    expect(await look()).toEqual(before)
  }
  const { timeline } = await toolkit.json('database.ts', ['start-restored'])
  expect(timeline).toBeGreaterThan(2)
})

test('TABLESPACE_MAP by oid and by the old path; a folder that is not empty is refused', async () => {
  const { fast } = await oids()
  const disks = { fast: join(toolkit.home, 'disk 1'), slow: join(toolkit.home, 'disk 2') }
  const map = `${fast}=${disks.fast},${inside}/slow disk=${disks.slow}`
  const restore = () => toolkit.run('restore_docker.ts', [saved, '--yes', '--tablespace-map', map])
  await mkdir(disks.fast)
  await writeFile(join(disks.fast, 'mine'), '')
  const refused = await restore()
  expect(outcome(refused)).toMatch(ended(4))
  expect(refused.stderr).toContain(disks.fast)
  expect(await readdir(disks.fast)).toEqual(['mine'])
  await toolkit.asRoot(`rm '${disks.fast}/mine'`)

  // Interrupted: the user's folder stays, empty; the one that was made goes.
  const { child, done } = toolkit.start('restore_docker.ts', [saved, '--yes', '--tablespace-map', map])
  await said(child, /Extracted/)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(await readdir(disks.fast)).toEqual([])
  expect(await readdir(toolkit.home)).not.toContain('disk 2')

  expect(outcome(await restore())).toMatch(ended(0))
  expect(await locations()).toEqual([disks.fast, disks.slow])
  expect((await look())[0]).toMatchObject({
    fast: expect.stringMatching(/^5000 /),
    slow: expect.stringMatching(/^2000 /),
  })
  expect(await toolkit.asRoot(`find '${disks.slow}' -type f | wc -l`)).not.toBe('0')

  // And a later start finds them again.
  await toolkit.ok('database.ts', ['restart'])
  expect((await look())[0].fast).toMatch(/^5000 /)
})

test('a killed restore leaves folders of tablespaces: the next one takes them away', async () => {
  const before = await ownFolders()
  const { child, done } = toolkit.start('restore_docker.ts', [saved, '--yes'])
  await said(child, /Extracted/)
  child.kill('SIGKILL')
  await done
  expect(await ownFolders()).not.toBe(before)
  const killed = (await ownFolders()).split('\n').filter(name => !before.includes(name))
  await toolkit.ok('restore_docker.ts', [saved, '--yes'])
  const after = (await ownFolders()).split('\n')
  expect(after.filter(name => killed.includes(name))).toEqual([])
  expect(await toolkit.remains()).toEqual([])
})

test('in place: the tablespaces of what is deleted go with it', async () => {
  await toolkit.ok('database.ts', ['discard-former', '--yes'])
  const names = async () => (await locations()).map(location => location.slice(inside.length + 1))
  const before = await names()
  expect(await ownFolders()).toContain(before[0])
  await toolkit.ok('restore_docker.ts', [saved, '--yes', '--in-place'])
  const left = (await ownFolders()).split('\n')
  expect(left).toEqual(expect.arrayContaining(await names()))
  expect(left.filter(name => before.includes(name))).toEqual([])
  expect(await formers(toolkit)).toEqual([])
})

test('the archive of a tablespace is missing: exit 3', async () => {
  const { slow } = await oids()
  const folder = await copyBackup(toolkit.backup(saved), join(toolkit.home, 'copies'))
  await toolkit.asRoot(`rm '${folder}/${slow}'.tar*`)
  expect(outcome(await toolkit.run('restore_docker.ts', [folder, '--yes']))).toMatch(ended(3))
  await reseal(folder, metadata => {
    metadata.files = metadata.files.filter(f => !f.name.startsWith(`${slow}.`))
  })
  const run = await toolkit.run('restore_docker.ts', [folder, '--yes'])
  expect(outcome(run)).toMatch(ended(3))
  expect(run.stderr).toContain(`pg_tblspc/${slow}/`)
})
