import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort, Toolkit } from '../helpers/toolkit.ts'

/** A primary and its standby, from this machine's own packages. */
const bin = [18, 17, 16, 15]
  .map(major => `/usr/lib/postgresql/${major}/bin`)
  .find(folder => existsSync(join(folder, 'initdb')))
const why = bin
  ? process.getuid?.() === 0
    ? ''
    : ' (not run: that takes root)'
  : ' (not run: no PostgreSQL is installed on this machine)'

describe.skipIf(why !== '')(`a standby${why}`, () => {
  let toolkit: Toolkit
  let folder: string
  let ports: { primary: number; standby: number }
  const asPostgres = ['--reuid=postgres', '--regid=postgres', '--clear-groups']
  const run = (program: string, ...args: string[]) =>
    execFileSync('setpriv', [...asPostgres, `${bin}/${program}`, ...args], { stdio: 'pipe' })
  const start = (name: keyof typeof ports) => {
    const options = `-p ${ports[name]} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`
    const data = ['-D', join(folder, name), '-l', join(folder, `${name}.log`)]
    run('pg_ctl', ...data, '-w', '-o', options, 'start')
  }
  const at = (name: keyof typeof ports) => ({
    env: { RUNTIME: 'local', PG_BIN: bin ?? '', PGHOST: '127.0.0.1', PGPORT: String(ports[name]) },
  })
  const psql = (sql: string, database = 'postgres') =>
    run('psql', `--host=${folder}`, `--port=${ports.primary}`, '-Atqc', sql, database).toString().trim()

  beforeAll(async () => {
    toolkit = await Toolkit.create()
    folder = await mkdtemp(join(tmpdir(), 'standby-'))
    await chmod(folder, 0o777)
    ports = { primary: await freePort(), standby: await freePort() }
    run('initdb', '--pgdata', join(folder, 'primary'), '--auth=trust', '--username=postgres')
    start('primary')
    psql(
      `CREATE TABLE kept AS SELECT generate_series(1, 100) AS n; CREATE UNLOGGED TABLE lost AS SELECT 1 AS n`,
    )
    const from = ['--host=127.0.0.1', `--port=${ports.primary}`, '--username=postgres']
    run('pg_basebackup', ...from, '--pgdata', join(folder, 'standby'), '--write-recovery-conf')
    start('standby')
  })
  afterAll(async () => {
    for (const name of ['standby', 'primary']) {
      const stop = ['-D', join(folder, name), '-m', 'immediate', 'stop']
      spawnSync('setpriv', [...asPostgres, `${bin}/pg_ctl`, ...stop])
    }
    await rm(folder, { recursive: true, force: true })
    await toolkit.dispose()
  })

  test('is dumped; what is not logged comes empty, and that is said', async () => {
    const dumped = await toolkit.ok('dump.ts', ['--format', 'directory', '--jobs', '2'], at('standby'))
    expect(dumped.stderr).toContain(
      'This server is a standby, which has no rows of unlogged tables: public.lost',
    )
    await toolkit.ok('restore_dump.ts', ['latest', '--target-db', 'copy'], at('primary'))
    expect(psql('SELECT (SELECT count(*) FROM kept), (SELECT count(*) FROM lost)', 'copy')).toBe('100|0')
  })

  test('takes no restore, and its database is cloned to the primary', async () => {
    const refused = await toolkit.run('restore_dump.ts', ['latest', '--target-db', 'no'], at('standby'))
    expect(refused.code, refused.stderr).toBe(5)
    expect(refused.stderr).toContain('This server is a standby: nothing can be written to it.')
    const elsewhere = ['--target-host', '127.0.0.1', '--target-port', String(ports.primary)]
    await toolkit.ok('db_backup.ts', ['clone', 'postgres', 'twin', ...elsewhere], at('standby'))
    expect(psql('SELECT count(*) FROM kept', 'twin')).toBe('100')
  })
})
