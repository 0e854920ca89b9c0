import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../runtime/port.ts'
import { leftOf, slowly, startSlowSave } from '../helpers/saving.ts'
import { type RunOptions, Toolkit } from '../helpers/toolkit.ts'

const isBackup = /^cluster_backup_\d+_\d+$/

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

async function refused(code: number, words: RegExp, args: readonly string[] = [], options: RunOptions = {}) {
  const run = await toolkit.run('save.ts', args, options)
  expect(run.code, run.stderr).toBe(code)
  expect(run.stderr).toMatch(words)
  expect(run.stderr).toContain('HINT:')
  expect((await readdir(toolkit.backupsDir).catch(() => [])).filter(name => isBackup.test(name))).toEqual([])
}

test('nothing listens at the port', async () =>
  refused(1, /Nothing answers at localhost:\d+[\s\S]*make start/, ['--port', String(await freePort())]))

test('a host that does not exist', () =>
  refused(1, /no host called no\.such\.host\.invalid/, ['--host', 'no.such.host.invalid']))

test('a database that does not exist', () =>
  refused(1, /no database “no such”/, ['--database', 'no such'], { env: {} }))

test('what cannot be used is named before anything is done, all of it at once', async () => {
  const args = ['--type', 'weekly', '--format', 'zip', '--compress', 'gzip:10', '--max-rate', '8']
  await refused(
    4,
    /--type “weekly”[\s\S]*--format “zip”[\s\S]*a level from 1 to 9[\s\S]*--max-rate “8”/,
    args,
  )
  await refused(4, /unknown flag --lable; did you mean --label\?; unexpected word “everything”/, [
    'everything',
    '--lable=x',
  ])
})

test.each(['incremental', 'differential'])('a backup that builds on others is not there yet: %s', type =>
  refused(4, new RegExp(`TYPE=${type} is not in this version: only full is`), ['--type', type]),
)

test('a role without REPLICATION, and the way out works', async () => {
  await toolkit.sql(`CREATE ROLE "back ""up" LOGIN PASSWORD 'p'`)
  const env = { PGUSER: 'back "up', PGPASSWORD: 'p' }
  await refused(1, /may not take base backups[\s\S]*ALTER ROLE "back ""up" REPLICATION;/, [], { env })
  await toolkit.sql('ALTER ROLE "back ""up" REPLICATION')
  const { metadata } = await toolkit.json('save.ts', [], { env })
  expect(metadata.verified.result).toBe('ok')
  await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'])
})

test('a role that may see no database’s size is served all the same', async () => {
  await toolkit.sql(`CREATE ROLE blind LOGIN REPLICATION PASSWORD 'p'`)
  await toolkit.sql('CREATE DATABASE closed')
  await toolkit.sql('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
  const env = { PGUSER: 'blind', PGPASSWORD: 'p' }
  const run = await toolkit.ok('save.ts', ['--json'], { env })
  expect(run.stderr).toContain('its size may not be seen')
  await toolkit.ok('db_backup.ts', ['delete', JSON.parse(run.stdout).metadata.id, '--yes'])
})

test('no line for replication in pg_hba.conf', async () => {
  await toolkit.sql(`CREATE ROLE outsider LOGIN REPLICATION PASSWORD 'p'`)
  const hba = `${toolkit.home}/mnt/db/run/pg_hba.conf`
  await toolkit.asRoot(`cp '${hba}' '${hba}.kept'; sed -i '/^host *replication/d' '${hba}'`)
  await toolkit.sql('SELECT pg_reload_conf()')
  const env = { PGUSER: 'outsider', PGPASSWORD: 'p' }
  await refused(1, /refuses replication connections[\s\S]*host replication "outsider"/, [], { env })
  await toolkit.asRoot(`cat '${hba}.kept' > '${hba}'`)
  await toolkit.sql('SELECT pg_reload_conf()')
})

test('all walsenders are busy', async () => {
  await toolkit.sql('ALTER SYSTEM SET max_wal_senders = 2')
  await toolkit.ok('database.ts', ['restart'])
  const { child, done } = await startSlowSave(toolkit)
  const folder = `${toolkit.home}/elsewhere`
  await refused(1, /no two walsenders free[\s\S]*max_wal_senders is 2, 2 are in use/, [
    ...slowly,
    '--backups-dir',
    folder,
  ])
  child.kill('SIGINT')
  await done
  expect(await leftOf(toolkit)).toEqual([])
})

test('there is but one walsender', async () => {
  await toolkit.sql('ALTER SYSTEM SET max_wal_senders = 1')
  await toolkit.ok('database.ts', ['restart'])
  await refused(1, /max_wal_senders is 1, 0 are in use/)
})
