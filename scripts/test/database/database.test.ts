import { once } from 'node:events'
import { readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientProgram } from '../helpers/cluster.ts'
import { image, major, noEngine, noTimescale, whyNoEngine } from '../helpers/place.ts'
import { killServer, serverId, serversAt } from '../helpers/server.ts'
import { Toolkit, withToolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

const database = (...args: string[]) => toolkit.run('database.ts', args)
const setting = async (name: string) =>
  (await toolkit.sql(`SELECT current_setting('${name}') AS value`))[0].value

test('a second start says that it runs, and leaves it alone', async () => {
  const id = await serverId(toolkit)
  const run = await toolkit.ok('database.ts', ['start'])
  expect(run.stdout).toContain(`${toolkit.container} is already running.`)
  expect(run.stdout).toContain(`port ${toolkit.port}`)
  const elsewhere = await toolkit.json('database.ts', ['start', '--port', '1'])
  expect(elsewhere).toMatchObject({ alreadyRunning: true, port: toolkit.port })
  expect(await serverId(toolkit)).toBe(id)
})

test('status says what runs', async () => {
  const status = await toolkit.json('database.ts', ['status'])
  const version = (await setting('server_version')).split(' ')[0]
  expect(status).toMatchObject({
    state: 'running',
    container: toolkit.container,
    port: toolkit.port,
    postgresql_version: expect.stringContaining(version),
    in_recovery: false,
    data_dir: toolkit.dataDir,
  })
  if (noTimescale) expect(status.timescaledb).toBe(null)
  else expect(status.timescaledb.version).toMatch(/^\d+\.\d+/)
  expect(status.size_bytes).toBeGreaterThan(10_000_000)
  expect((await database('status')).stdout).toContain(`is running on localhost:${toolkit.port}`)
  expect(await database('check-running')).toMatchObject({ code: 0, stdout: 'running\n' })
})

test('status without the password still says that it runs', async () => {
  const run = await toolkit.run('database.ts', ['status', '--json'], { env: { PGPASSWORD: 'wrong' } })
  expect(run.code).toBe(0)
  expect(JSON.parse(run.stdout)).toMatchObject({
    state: 'running',
    not_measured: expect.stringMatching(/wrong/),
  })
})

test('the settings that backups need are on; ours come after the cluster’s own, ALTER SYSTEM after ours', async () => {
  expect(await setting('wal_level')).toBe('replica')
  if (major >= 17) expect(await setting('summarize_wal')).toBe('on')
  expect(await setting('max_wal_senders')).toBe('10')
  expect(await setting('data_checksums')).toBe('on')
  expect(await setting('listen_addresses')).toBe('127.0.0.1')
  await toolkit.sql('ALTER SYSTEM SET max_wal_senders = 7')
  if (major >= 17) await toolkit.sql('ALTER SYSTEM SET summarize_wal = off')
  await toolkit.ok('database.ts', ['restart'])
  expect(await setting('max_wal_senders')).toBe('7')
  if (major >= 17) expect(await setting('summarize_wal')).toBe('off')
})

test('only who has the password gets in over TCP, for data and for backups', async () => {
  for (const replication of ['', 'true']) {
    const url = `host=localhost port=${toolkit.port} user=postgres dbname=postgres replication=${replication || 'false'}`
    const sql = replication ? 'IDENTIFY_SYSTEM' : 'SELECT 1'
    const login = (password: string) => clientProgram(toolkit, password, 'psql', url, '-Atc', sql)
    expect(await login(toolkit.password)).toMatch(/^\d+/)
    await expect(login('wrong')).rejects.toThrow(/password authentication failed/)
    await expect(login('')).rejects.toThrow(/password/)
  }
})

test('psql runs one command, and gives its exit code', async () => {
  expect((await database('psql', '--command', `SELECT 'it''s ' || 6 * 7`)).stdout).toContain(`it's 42`)
  const wrong = await database('psql', '--command', 'SELECT nonsense')
  expect(wrong.code).toBe(1)
  expect(wrong.stderr).toContain('column "nonsense" does not exist')
  expect((await database('psql', '--command', '\\conninfo', '--database', 'nope')).code).toBe(2)
})

test('logs show what the server said', async () => {
  await toolkit.sql(`DO $$ BEGIN RAISE LOG 'a message in a bottle'; END $$`)
  expect((await database('logs')).stdout).toContain('a message in a bottle')
  const { text } = await toolkit.json('database.ts', ['logs', '--lines', '2'])
  expect(text.split('\n')).toHaveLength(2)
})

test.skipIf(noEngine)(
  `another checkout with the same container name keeps its hands off${whyNoEngine}`,
  async () => {
    await withToolkit(async other => {
      for (const verb of ['start', 'stop', 'status', 'psql', 'set-password']) {
        const run = await other.run('database.ts', [verb], { env: { CONTAINER: toolkit.container } })
        expect(run.code, `${verb}: ${run.stderr}`).toBe(5)
        expect(run.stderr).toContain('belongs to another data directory')
        expect(run.stderr).toContain(toolkit.dataDir)
      }
    })
    expect((await database('check-running')).code).toBe(0)
  },
)

test('a killed server is started again with what was committed', async () => {
  await toolkit.sql('CREATE TABLE kept AS SELECT 1 AS n')
  await killServer(toolkit)
  expect((await database('check-running')).code).toBe(5)
  await toolkit.startDatabase()
  expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
})

test('stopped: the data stays, the log can be read, and each verb says how to start', async () => {
  const stopped = await toolkit.json('database.ts', ['stop'])
  expect(stopped).toMatchObject({ stopped: true })
  expect(await serversAt(toolkit.dataDir)).toEqual([])
  expect((await database('stop')).stdout).toContain('was not running')
  expect(await database('check-running')).toMatchObject({ code: 5, stdout: 'not running\n' })
  const status = await database('status', '--json')
  expect(status.code).toBe(5)
  expect(JSON.parse(status.stdout)).toMatchObject({ state: noEngine ? 'stopped' : 'absent' })
  expect((await database('logs')).stdout).toContain('database system is shut down')
  for (const verb of ['psql', 'set-password']) {
    const run = await database(verb)
    expect(run.code).toBe(5)
    expect(run.stderr).toContain('make start')
  }
})

test('two starts at once: one starts it, the other waits for it or is told who is at work', async () => {
  const runs = await Promise.all([database('start'), database('start')])
  const codes = runs.map(run => run.code).sort()
  expect([
    [0, 0],
    [0, 6],
  ]).toContainEqual(codes)
  for (const { code, stderr } of runs) if (code === 6) expect(stderr).toContain('Another run is at work')
  expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
  await toolkit.ok('database.ts', ['stop'])
})

test('a taken port is named, with the way out', async () => {
  const squatter = createServer().listen(toolkit.port, '127.0.0.1')
  await once(squatter, 'listening')
  const run = await database('start')
  squatter.close()
  expect(run.code, run.stderr).toBe(5)
  expect(run.stderr).toContain(`Port ${toolkit.port} is taken`)
  expect(run.stderr).toContain(`PGPORT=${toolkit.port + 1}`)
  await toolkit.startDatabase()
  expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
})

test('data without a record, from pg_upgrade for example, stays with the image that is named', async () => {
  await toolkit.ok('database.ts', ['stop'])
  await rm(`${toolkit.dataDir}.cluster.json`)
  if (!noEngine) {
    const unnamed = await toolkit.run('database.ts', ['start'], { env: { IMAGE: '' } })
    expect(unnamed.code, unnamed.stderr).toBe(5)
    expect(unnamed.stderr).toContain('Nobody knows which image made')
  }
  await toolkit.startDatabase()
  const record = JSON.parse(await readFile(`${toolkit.dataDir}.cluster.json`, 'utf8'))
  expect(record).toMatchObject({ image, libc: expect.any(String) })
})

test('config shows each setting and where it is from, never a password', async () => {
  const { settings } = await toolkit.json('config.ts')
  const row = (name: string) => settings.find((s: { name: string }) => s.name === name)
  expect(row('PGPORT')).toMatchObject({ value: String(toolkit.port), source: 'environment' })
  expect(row('PGUSER')).toMatchObject({ value: 'postgres', source: 'default' })
  expect(row('PGPASSWORD')).toMatchObject({ value: '(set, not shown)', source: 'environment' })
})
