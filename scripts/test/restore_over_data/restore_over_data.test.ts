import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { besideData, ended, formers, goBack, outcome } from '../helpers/cluster.ts'
import { besideServer } from '../helpers/server.ts'
import { freePort, type Run, Toolkit } from '../helpers/toolkit.ts'

const project = join(import.meta.dirname, '..', '..', '..')
let toolkit: Toolkit
let id: string

/** The real Makefile, as somebody types it. */
const shell = (line: string, env: Record<string, string> = {}): Promise<Run> =>
  new Promise(resolve => {
    const options = { cwd: project, env: { ...toolkit.env, ...env } }
    const child = execFile('bash', ['-c', line], options, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin?.end()
  })
const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)

/** 1000 rows are saved, 1001 are there: whatever changes nothing leaves 1001 in a running database. */
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  id = await toolkit.save()
  await toolkit.sql('INSERT INTO t VALUES (1001)')
})
afterAll(() => toolkit.dispose())

async function unchanged<T>(work: () => Promise<T>): Promise<T> {
  const before = await besideData(toolkit)
  const result = await work()
  expect(await besideData(toolkit)).toEqual(before)
  expect(await rows()).toBe(1001)
  return result
}

test('no is no', async () => {
  const run = await unchanged(() => toolkit.run('restore_docker.ts', [id], { input: 'n\n' }))
  expect(outcome(run)).toMatch(ended(130))
  expect(run.stderr).toMatch(/what is there now is kept as postgres\.before-restore-/)
  expect(run.stderr).toMatch(/the running database is stopped for it/)
})

test.each([
  ['nobody answers', {}, []],
  ['FORCE comes from the environment', { FORCE: '1', YES: '1' }, []],
])('%s: exit 4', async (_, env, args) => {
  const run = await unchanged(() => toolkit.run('restore_docker.ts', [id, ...args], { env }))
  expect(outcome(run)).toMatch(ended(4))
  expect(run.stderr).toContain('FORCE=1')
})

test('make: FORCE from the environment does not count', async () => {
  const run = await unchanged(() => shell(`make restore BACKUP_DIR=${id}`, { FORCE: '1' }))
  expect(run.code).toBe(2)
  expect(run.stderr).toContain('This needs a yes')
})

test('a dry run prints the plan and changes nothing', async () => {
  const run = await unchanged(() => toolkit.json('restore_docker.ts', [id, '--dry-run']))
  expect(run).toMatchObject({ done: false, plan: { target: toolkit.dataDir, source: { id } } })
  const made = await unchanged(() => shell(`make restore BACKUP_DIR=${id} DRY_RUN=1`))
  expect(made).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing was changed') })
})

test('names: unknown and ambiguous are refused, latest is the newest', async () => {
  const newer = await toolkit.save()
  const named = (name: string) => toolkit.run('restore_docker.ts', [name, '--yes'])
  expect(outcome(await unchanged(() => named('cluster_backup_19990101_000000')))).toMatch(ended(4))
  const ambiguous = await unchanged(() => named('cluster_backup_'))
  expect(outcome(ambiguous)).toMatch(ended(4))
  expect(ambiguous.stderr).toContain(id)
  expect(ambiguous.stderr).toContain(newer)
  const nameless = await unchanged(() => toolkit.run('restore_docker.ts', ['--yes']))
  expect(outcome(nameless)).toMatch(ended(4))
  const latest = await unchanged(() => toolkit.json('restore_docker.ts', ['latest', '--dry-run']))
  expect(latest.plan.source.id).toBe(newer)
})

test('make restore FORCE=1 while it runs; the former data is complete', async () => {
  const run = await shell(`make restore BACKUP_DIR=${id} FORCE=1`)
  expect(outcome(run)).toMatch(ended(0))
  expect(run.stdout).toContain('The database is running again')
  expect(run.stderr).toMatch(/Restored size: \d/)
  expect(await rows()).toBe(1000)
  expect(await formers(toolkit)).toHaveLength(1)
  await goBack(toolkit)
  expect(await rows()).toBe(1001)
})

test('echo y | make restore; discard-former asks and frees', async () => {
  const run = await shell(`echo y | make restore BACKUP_DIR=${id}`)
  expect(outcome(run)).toMatch(ended(0))
  expect(await rows()).toBe(1000)
  const [former] = await formers(toolkit)
  const started = await toolkit.json('database.ts', ['start-restored'])
  expect(started.former.folder).toContain(former)
  expect(started.former.bytes).toBeGreaterThan(10_000_000)

  const discard = (...args: string[]) => toolkit.run('database.ts', ['discard-former', ...args])
  expect(outcome(await discard())).toMatch(ended(4))
  const declined = await toolkit.run('database.ts', ['discard-former'], { input: 'n\n' })
  expect(outcome(declined)).toMatch(ended(130))
  expect(outcome(await discard('--dry-run'))).toMatch(ended(0))
  expect(await formers(toolkit)).toEqual([former])
  expect(outcome(await discard('--yes'))).toMatch(ended(0))
  expect((await besideData(toolkit)).filter(name => name.includes('before-restore'))).toEqual([])
  expect(outcome(await discard('--yes'))).toMatch(ended(4))
  expect(await rows()).toBe(1000)
})

test('into another folder, beside the running database', async () => {
  await toolkit.sql('INSERT INTO t VALUES (1001)')
  const target = join(toolkit.home, 'another place', 'data')
  await mkdir(join(toolkit.home, 'another place'))
  const run = await unchanged(() => shell(`make restore BACKUP_DIR=${id} FORCE=1 TARGET='${target}'`))
  expect(outcome(run)).toMatch(ended(0))

  const container = `${toolkit.container}-b`
  const port = await freePort()
  const env = { DATA_DIR: target, CONTAINER: container, PGPORT: String(port) }
  try {
    const started = await toolkit.json('database.ts', ['start-restored'], { env })
    expect(started).toMatchObject({ restored_from: id, timeline: 2, former: null })
    const count = ['psql', '--port', String(port), '--tuples-only', '--command', 'SELECT count(*) FROM t']
    const there = { container, dataDir: target, home: toolkit.home }
    expect(await besideServer(there, ...count)).toBe('1000')
  } finally {
    await toolkit.run('database.ts', ['stop'], { env })
  }
})
