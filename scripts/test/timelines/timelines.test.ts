import { afterAll, beforeAll, expect, test } from 'vitest'
import { basebackup, ended, outcome } from '../helpers/cluster.ts'
import { major } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

/** PostgreSQL says it in four ways, by how the ends of the two histories lie to each other. */
const refusal =
  /manifest requires WAL from final timeline 1 ending at .*, but this (backup starts|server switched timelines) at|WAL summaries are required on timeline [12]/

const whyNot = major < 17 ? ' (not run: incremental backups begin with PostgreSQL 17)' : ''
test.skipIf(major < 17)(
  `a restore is a fork: an incremental against the abandoned history is refused${whyNot}`,
  async () => {
    await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 10000) AS n')
    const id = await toolkit.save()
    await toolkit.sql('INSERT INTO t SELECT generate_series(10001, 20000)')
    const abandoned = await basebackup(toolkit, 'abandoned', '--format=tar')
    const restored = await toolkit.run('restore_docker.ts', [id, '--yes'])
    expect(outcome(restored)).toMatch(ended(0))
    expect(await toolkit.json('database.ts', ['start-restored'])).toMatchObject({ timeline: 2 })
    await toolkit.sql('INSERT INTO t SELECT generate_series(30001, 40000)')
    await toolkit.sql('CHECKPOINT')

    const incremental = (name: string, parent: string) =>
      basebackup(toolkit, name, '--format=tar', `--incremental=${parent}/backup_manifest`)
    await expect(incremental('at_once', abandoned)).rejects.toThrow(refusal)
    // And later, when the server has written more WAL than the abandoned backup had seen.
    await toolkit.sql('SELECT pg_switch_wal(); INSERT INTO t VALUES (1); SELECT pg_switch_wal(); CHECKPOINT')
    await toolkit.sql('INSERT INTO t VALUES (2); SELECT pg_switch_wal(); CHECKPOINT')
    await expect(incremental('later', abandoned)).rejects.toThrow(refusal)
    const full = await basebackup(toolkit, 'full', '--format=tar')
    await toolkit.sql('INSERT INTO t VALUES (0)')
    expect(await incremental('accepted', full)).toContain('accepted')
  },
)

test('archiving and recovery of the saved cluster are its own: a copy must not write into that archive', async () => {
  await toolkit.sql(`ALTER SYSTEM SET archive_mode = 'on'`)
  await toolkit.sql(`ALTER SYSTEM SET archive_command = 'touch /tmp/archived'`)
  await toolkit.sql(`ALTER SYSTEM SET restore_command = 'touch /tmp/fetched'`)
  await toolkit.sql(`ALTER SYSTEM SET max_connections = 300`)
  await toolkit.sql(`ALTER SYSTEM SET max_worker_processes = 40`)
  await toolkit.ok('database.ts', ['restart'])
  const show = async (name: string) => Object.values((await toolkit.sql(`SHOW ${name}`))[0])[0]
  const saved = await toolkit.save()
  // The present one is smaller than what was saved: recovery would stop with “insufficient parameter settings”.
  await toolkit.sql('ALTER SYSTEM RESET ALL')
  await toolkit.ok('database.ts', ['restart'])
  expect(await show('max_connections')).toBe('100')

  const restored = await toolkit.run('restore_docker.ts', [saved, '--yes'])
  expect(outcome(restored)).toMatch(ended(0))
  await toolkit.ok('database.ts', ['start-restored'])
  expect(await show('archive_mode')).toBe('off')
  expect(await show('max_connections')).toBe('300')
  await toolkit.sql('SELECT pg_switch_wal()')
  expect(
    await toolkit.sql(
      `SELECT pg_stat_file('/tmp/fetched', true) AS f, pg_stat_file('/tmp/archived', true) AS a`,
    ),
  ).toEqual([{ f: null, a: null }])
  // It stays so: not only until recovery has ended.
  await toolkit.ok('database.ts', ['restart'])
  expect(await show('archive_mode')).toBe('off')
})
