import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { besideData, ended, formers, outcome } from '../helpers/cluster.ts'
import { noEngine } from '../helpers/place.ts'
import { freePort, Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)
const undo = (...args: string[]) => toolkit.run('database.ts', ['undo-restore', ...args])
const former = async () => join(dirname(toolkit.dataDir), (await formers(toolkit)).at(-1) ?? 'none')

/** 1000 rows were saved, 1001 were there before the restore; 1002 came back with two more written since. */
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  const id = await toolkit.save()
  await toolkit.sql('INSERT INTO t VALUES (1001)')
  await toolkit.ok('restore_docker.ts', [id, '--force'])
  await toolkit.ok('database.ts', ['start-restored'])
  await toolkit.sql('INSERT INTO t VALUES (2001), (2002)')
})
afterAll(() => toolkit.dispose())

async function refused(code: number, words: string, ...args: string[]): Promise<void> {
  const before = await besideData(toolkit)
  const run = await undo(...args)
  expect(outcome(run)).toMatch(ended(code))
  expect(run.stderr).toContain(words)
  expect(await besideData(toolkit)).toEqual(before)
}

test('a dry run says what would happen, a no is a no, and silence is neither', async () => {
  const before = await besideData(toolkit)
  const dry = await toolkit.ok('database.ts', ['undo-restore', '--dry-run'])
  expect(dry.stderr).toMatch(/Put postgres\.before-restore-.* back/)
  expect(dry.stdout).toContain('Nothing was changed')
  const no = await toolkit.run('database.ts', ['undo-restore'], { input: 'n\n' })
  expect(outcome(no)).toMatch(ended(130))
  expect(await besideData(toolkit)).toEqual(before)
  await refused(4, 'This needs a yes')
  expect(await rows()).toBe(1002)
})

test('another run at work: exit 6', async () => {
  const holder = spawn(process.execPath, [
    ...['--import', 'tsx', '--input-type=module', '-e'],
    `import { withLock } from ${JSON.stringify(join(import.meta.dirname, '../../catalog/lock.ts'))}
     await withLock(${JSON.stringify(dirname(toolkit.dataDir))}, 'test', async () => {
       console.log('held'); await new Promise(r => setTimeout(r, 60_000)) })`,
  ])
  try {
    await once(holder.stdout, 'data')
    await refused(6, 'Another run is at work', '--force')
  } finally {
    holder.kill()
    await once(holder, 'close')
  }
})

test('a server that looks at the former data: exit 5', async () => {
  const other = { CONTAINER: `${toolkit.container}-look`, DATA_DIR: await former() }
  await toolkit.ok('database.ts', ['start'], { env: { ...other, PGPORT: String(await freePort()) } })
  try {
    await refused(5, noEngine ? 'A server is running on' : `${other.CONTAINER} is running on`, '--force')
  } finally {
    await toolkit.ok('database.ts', ['stop'], { env: other })
  }
})

test('a former cluster without its control file: exit 5', async () => {
  const control = `${await former()}/global/pg_control`
  await toolkit.asRoot(`mv '${control}' '${control}.away'`)
  await refused(5, 'is no whole cluster', '--force')
  await toolkit.asRoot(`mv '${control}.away' '${control}'`)
})

test('the data from before is back and runs; what was restored is kept, and comes back the same way', async () => {
  const first = await former()
  const run = await toolkit.json('database.ts', ['undo-restore', '--force'])
  expect(run).toMatchObject({ done: true, started: true, back: first, jobs_held: false })
  expect(await rows()).toBe(1001)
  expect(await formers(toolkit)).toHaveLength(1)
  expect(await former()).toBe(run.kept)

  const again = await toolkit.ok('database.ts', ['undo-restore', '--force'])
  expect(again.stdout).toContain('jobs are held')
  expect(await rows()).toBe(1002)
  // The record of what it was restored from moved along.
  await toolkit.ok('database.ts', ['start-restored'])
})

test('a stopped database stays stopped', async () => {
  await toolkit.ok('database.ts', ['stop'])
  const run = await toolkit.json('database.ts', ['undo-restore', '--force'])
  expect(run).toMatchObject({ done: true, started: false })
  await toolkit.ok('database.ts', ['start'])
  expect(await rows()).toBe(1001)
})

test('where nothing is in the place it is put there', async () => {
  await toolkit.ok('database.ts', ['stop'])
  await rename(toolkit.dataDir, `${toolkit.dataDir}.lost`)
  const run = await toolkit.json('database.ts', ['undo-restore', '--force'])
  expect(run).toMatchObject({ done: true, kept: null })
  await toolkit.ok('database.ts', ['start'])
  expect(await rows()).toBe(1002)
  await refused(4, 'There is no former data', '--force')
})

test('discard-former takes along what a server made beside it, and a lost data directory is told as lost', async () => {
  const [id = ''] = (await toolkit.json('db_backup.ts', ['list'])).backups.map((b: { id: string }) => b.id)
  await toolkit.ok('restore_docker.ts', [id, '--force'])
  await toolkit.ok('database.ts', ['stop'])
  const other = { CONTAINER: `${toolkit.container}-look`, DATA_DIR: await former() }
  await toolkit.ok('database.ts', ['start'], { env: { ...other, PGPORT: String(await freePort()) } })
  await toolkit.ok('database.ts', ['stop'], { env: other })
  await rename(toolkit.dataDir, `${toolkit.dataDir}.elsewhere`)
  const start = await toolkit.run('database.ts', ['start'])
  expect(outcome(start)).toMatch(ended(5))
  expect(start.stderr).toContain('is empty, and a cluster was in it before')
  await toolkit.ok('database.ts', ['discard-former', '--force'])
  expect((await besideData(toolkit)).filter(name => name.startsWith(basename(other.DATA_DIR)))).toEqual([])
})
