import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { major } from '../helpers/place.ts'
import { freePort, Toolkit } from '../helpers/toolkit.ts'

/** A server of an older major version that is not ours, from this machine's own packages. */
const bin = [17, 16, 15]
  .filter(older => older < major)
  .map(major => `/usr/lib/postgresql/${major}/bin`)
  .find(folder => existsSync(join(folder, 'initdb')))
const asRoot = process.getuid?.() === 0
const why = bin
  ? asRoot
    ? ''
    : ' (not run: that takes root)'
  : ` (not run: no PostgreSQL older than ${major} is installed on this machine)`

describe.skipIf(why !== '')(`an older server${why}`, () => {
  let toolkit: Toolkit
  let folder: string
  let port: number
  const asPostgres = (...argv: string[]) =>
    execFileSync('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...argv], {
      stdio: 'pipe',
    })

  beforeAll(async () => {
    toolkit = await Toolkit.create()
    folder = await mkdtemp(join(tmpdir(), 'older-'))
    await chmod(folder, 0o777)
    port = await freePort()
    asPostgres(`${bin}/initdb`, '--pgdata', join(folder, 'data'), '--auth=trust', '--username=postgres')
    const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${folder}`
    asPostgres(
      `${bin}/pg_ctl`,
      '-D',
      join(folder, 'data'),
      '-w',
      '-o',
      options,
      '-l',
      join(folder, 'log'),
      'start',
    )
  })
  afterAll(async () => {
    spawnSync('setpriv', [
      '--reuid=postgres',
      '--regid=postgres',
      '--clear-groups',
      `${bin}/pg_ctl`,
      '-D',
      join(folder, 'data'),
      '-m',
      'immediate',
      'stop',
    ])
    await rm(folder, { recursive: true, force: true })
    await toolkit.dispose()
  })

  test('is saved by newer programs, with what both ends can do', async () => {
    const env = { PGPORT: String(port), PGHOST: '127.0.0.1' }
    const { metadata } = await toolkit.json('save.ts', [], { env })
    expect(metadata.postgresql_version).toMatch(/^1[567]\./)
    expect(metadata.compression.algorithm).toBe('zstd')
    const [verified] = await toolkit.json('db_backup.ts', ['verify', metadata.id, '--deep'])
    expect(verified).toMatchObject({ result: 'ok' })
    expect(verified.notes.join()).toMatch(/WAL records not read/)
  })

  test('and its backup is not restored with another major version', async () => {
    const run = await toolkit.run('restore_docker.ts', ['latest', '--yes'])
    expect(run.code).toBe(5)
    expect(run.stderr).toMatch(/The backup is of PostgreSQL 1[567][\s\S]*HINT/)
  })
})
