import '../helpers/here.ts'

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { formers, goBack } from '../helpers/cluster.ts'
import { image, local, noTimescale, whyNoLocal } from '../helpers/place.ts'
import { serversAt } from '../helpers/server.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { createTablespaces, locations, look, ownFolders } from '../helpers/tablespaces.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The whole story without an engine, as the server's user and as whoever runs the command. */
describe.skipIf(!local)(`RUNTIME=local${whyNoLocal}`, () => {
  let toolkit: Toolkit
  beforeAll(async () => {
    toolkit = await Toolkit.create()
  })
  afterAll(() => toolkit.dispose())
  const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)

  test('the first line says what is used, and what is missing', async () => {
    const { stdout, stderr } = await toolkit.startDatabase()
    expect(stderr).toContain(`Using PostgreSQL ${local?.version} of this machine (${image})`)
    expect(stderr.includes('no TimescaleDB, so hypertables become plain tables')).toBe(noTimescale)
    expect(stderr.includes('no incremental backups before PostgreSQL 17')).toBe((local?.major ?? 0) < 17)
    expect(stdout).toContain(`port ${toolkit.port}`)
    expect(`${stdout}${stderr}`).not.toMatch(/image/i)
  })

  test('it is a cluster with checksums, in UTF-8, that asks for a password', async () => {
    const [is] = await toolkit.sql(`
      SELECT current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
             current_setting('listen_addresses') AS listens, current_setting('password_encryption') AS scram`)
    expect(is).toEqual({ checksums: 'on', encoding: 'UTF8', listens: '127.0.0.1', scram: 'scram-sha-256' })
    const wrong = await toolkit.run('save.ts', [], { env: { PGPASSWORD: 'wrong' } })
    expect(wrong.code, wrong.stderr).toBe(1)
  })

  test('sample data; the same tables, plain without TimescaleDB', async () => {
    await toolkit.ok('sample.ts', ['--days', '1'])
    const [{ count }] = await toolkit.sql('SELECT count(*)::int FROM meteo_metrics')
    expect(count).toBeGreaterThan(1000)
  })

  const isSavedAndRestored = async (args: string[]) => {
    if ((await toolkit.sql(`SELECT FROM pg_tablespace WHERE spcname = 'fast'`)).length === 0)
      await createTablespaces(toolkit)
    await toolkit.sql('CREATE TABLE IF NOT EXISTS t AS SELECT generate_series(1, 1000) AS n')
    const before = await look(toolkit)
    const id = await toolkit.save(...args)
    expect(await toolkit.json('db_backup.ts', ['verify', id, '--deep'])).toMatchObject([
      { result: 'ok', problems: [], notes: [] },
    ])
    await toolkit.sql('DELETE FROM t; DELETE FROM in_fast; DROP TABLE in_slow')
    await toolkit.ok('restore_docker.ts', [id, '--yes'])
    const started = await toolkit.json('database.ts', ['start-restored'])
    expect(started).toMatchObject({ restored_from: id, login_works: true, backup_label_consumed: true })
    expect([await look(toolkit), await rows()]).toEqual([before, 1000])
    for (const place of await locations(toolkit)) expect(place).toContain(`${toolkit.tablespaces}/`)
  }
  const story = 'saved with %j, verified to the last record, restored over data, tablespaces included'
  test.each([[[]], [['--format', 'plain']]])(story, isSavedAndRestored)
  test.skipIf(!soak).each([[['--compress', 'gzip']], [['--compress', 'none']]])(
    `${story}${whyNotNow}`,
    isSavedAndRestored,
  )

  test('the former data is whole, and goes when it is told to, with its tablespaces', async () => {
    await toolkit.sql('INSERT INTO t VALUES (1001)')
    await toolkit.ok('restore_docker.ts', ['latest', '--yes'])
    expect(await rows()).toBe(1000)
    await goBack(toolkit)
    expect(await rows()).toBe(1001)
    const many = (await ownFolders(toolkit)).length
    await toolkit.ok('database.ts', ['discard-former', '--yes'])
    expect(await formers(toolkit)).toEqual([])
    expect((await ownFolders(toolkit)).length).toBeLessThan(many)
    expect((await look(toolkit)).fast).toMatch(/^5000 /)
  })

  test('IN_PLACE, and into a tablespace of the user’s choice', async () => {
    const disk = join(toolkit.home, 'a disk, of=mine')
    const [{ oid }] = await toolkit.sql(`SELECT oid FROM pg_tablespace WHERE spcname = 'fast'`)
    const map = `${oid}=${disk.replace(/[,=]/g, '\\$&')}`
    await toolkit.ok('restore_docker.ts', ['latest', '--yes', '--in-place', '--tablespace-map', map])
    expect((await locations(toolkit))[0]).toBe(disk)
    await toolkit.ok('database.ts', ['restart'])
    expect(await rows()).toBe(1000)
  })

  test('psql, set-password, status and logs', async () => {
    const psql = await toolkit.ok('database.ts', ['psql', '--command', 'SELECT 6 * 7 AS answer'])
    expect(psql.stdout).toContain('42')
    expect((await toolkit.run('database.ts', ['psql', '--command', 'nonsense'])).code).toBe(1)
    const file = join(toolkit.home, 'new password')
    await writeFile(file, 'another one', { mode: 0o600 })
    await toolkit.ok('database.ts', ['set-password', '--new-password-file', file])
    const status = await toolkit.json('database.ts', ['status'], { env: { PGPASSWORD: 'another one' } })
    expect(status).toMatchObject({ state: 'running', image, port: toolkit.port, data_dir: toolkit.dataDir })
    expect(status).not.toHaveProperty('not_measured')
    expect((await toolkit.ok('database.ts', ['logs'])).stdout).toContain('ready to accept connections')
  })

  test('stopped, nothing runs, and the data stays', async () => {
    await toolkit.ok('database.ts', ['stop'])
    expect(await serversAt(toolkit.dataDir)).toEqual([])
    expect((await toolkit.run('database.ts', ['check-running'])).code).toBe(5)
    expect((await toolkit.ok('database.ts', ['logs'])).stdout).toContain('database system is shut down')
    await toolkit.ok('database.ts', ['start'], { env: { PGPASSWORD: 'another one' } })
  })
})
