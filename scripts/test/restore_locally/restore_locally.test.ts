import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeInstallation, installations } from '../../runtime/local/installations.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import { freePort, type Run, Toolkit } from '../helpers/toolkit.ts'

/** Clusters of this machine that pg_ctl or Debian's pg_ctlcluster looks after. */

const exec = promisify(execFile)
const bin = (await installations())[0]
const facts = bin === undefined ? undefined : await describeInstallation(bin)
const isRoot = process.getuid?.() === 0
const whyNot = bin === undefined ? ' (not run: there are no programs of PostgreSQL on this machine)' : ''
const debian = isRoot && existsSync('/usr/bin/pg_createcluster') && bin?.startsWith('/usr/lib/postgresql/')
const whyNoDebian = debian ? '' : ' (not run: it takes root and the package postgresql-common)'

const password = 'geheim: §"\''
let toolkit: Toolkit
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "local 'test' "))
  await chmod(folder, 0o755)
  toolkit = await Toolkit.create()
})
afterAll(async () => {
  await toolkit.dispose()
  await rm(folder, { recursive: true, force: true })
})

/** As the user whose cluster it is. */
function asOwner(program: string, ...args: string[]): Promise<string> {
  const ids = isRoot ? { uid: facts?.uid, gid: facts?.gid } : {}
  return new Promise((resolve, reject) => {
    // Nothing is piped that a server could inherit and keep open.
    const child = spawn(join(bin ?? '', program), args, {
      ...ids,
      cwd: '/',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.once('exit', code => (code === 0 ? resolve(text.trim()) : reject(new Error(`${program}: ${code}`))))
  })
}

type Cluster = { dataDir: string; port: number; socket: string }
const psql = (cluster: Cluster, sql: string): Promise<string> =>
  asOwner('psql', '-XqAt', '-h', cluster.socket, '-p', String(cluster.port), '-U', 'postgres', '-c', sql)

async function run(cluster: Cluster, script: string, ...args: string[]): Promise<Run> {
  const { PATH = '', HOME = '' } = process.env
  const own = { PATH, HOME, TOOLKIT_HOME: toolkit.home, RUNTIME: 'local', PG_BIN: bin ?? '' }
  const server = { PGHOST: '127.0.0.1', PGPORT: String(cluster.port), PGPASSWORD: password }
  const none = Object.fromEntries(Object.keys(toolkit.env).map(name => [name, '']))
  return toolkit.run(script, args, { env: { ...none, ...own, ...(script === 'save.ts' && server) } })
}
async function ok(cluster: Cluster, script: string, ...args: string[]): Promise<Run> {
  const result = await run(cluster, script, ...args)
  expect(outcome(result)).toMatch(ended(0))
  return result
}

const prepare = async (cluster: Cluster): Promise<string> => {
  await psql(cluster, `ALTER ROLE postgres PASSWORD '${password.replaceAll("'", "''")}'`)
  await psql(cluster, 'CREATE TABLE t AS SELECT generate_series(1, 700) AS i')
  const saved = await ok(cluster, 'save.ts', '--json')
  await psql(cluster, 'CREATE TABLE later AS SELECT 1')
  return JSON.parse(saved.stdout).metadata.id
}
const question =
  "SELECT count(*), to_regclass('later') IS NULL, (SELECT timeline_id FROM pg_control_checkpoint()) FROM t"

describe.skipIf(bin === undefined)(`a cluster that pg_ctl looks after${whyNot}`, () => {
  let cluster: Cluster
  let backup: string
  const control = (...args: string[]) => asOwner('pg_ctl', '-D', cluster.dataDir, '-w', ...args)
  beforeAll(async () => {
    cluster = { dataDir: join(folder, 'pg'), port: await freePort(), socket: '/tmp' }
    const passwords = join(folder, 'pw')
    await writeFile(passwords, 'x', { mode: 0o644 })
    if (isRoot) await exec('chown', [`${facts?.uid}:${facts?.gid}`, folder])
    await asOwner(
      'initdb',
      '-D',
      cluster.dataDir,
      '-U',
      'postgres',
      '--auth-host=scram-sha-256',
      `--pwfile=${passwords}`,
    )
    const options = `-p ${cluster.port} -c unix_socket_directories=/tmp -c listen_addresses=127.0.0.1 -c cluster_name='its name'`
    await control('start', '-l', join(folder, 'log'), '-o', options)
    backup = await prepare(cluster)
  })
  afterAll(() => control('stop', '-m', 'immediate').catch(() => {}))

  test('is restored, started with the options that it had, and its former data kept', async () => {
    const result = await ok(cluster, 'restore_locally.ts', backup, '--target', cluster.dataDir, '--yes')
    expect(result.stderr).toContain('pg_ctl')
    expect(await psql(cluster, question)).toBe('700|t|2')
    expect(await psql(cluster, 'SHOW cluster_name')).toBe('its name')
    const names = (await readdir(folder)).filter(name => name.startsWith('pg.before'))
    expect(names).toEqual([expect.stringMatching(/^pg\.before-restore-/)])
    // It stands on its own feet.
    await control('restart', '-l', join(folder, 'log'))
    expect(await psql(cluster, question)).toBe('700|t|2')
  })

  test('DRY_RUN changes nothing', async () => {
    const before = await psql(cluster, 'SELECT pg_postmaster_start_time()')
    const result = await ok(cluster, 'restore_locally.ts', backup, '--target', cluster.dataDir, '--dry-run')
    expect(result.stdout).toContain('Nothing was changed')
    expect(await psql(cluster, 'SELECT pg_postmaster_start_time()')).toBe(before)
  })

  test('is refused while something else holds the directory', async () => {
    const intruder = spawn('sleep', ['120'], { cwd: cluster.dataDir })
    try {
      const result = await run(cluster, 'restore_locally.ts', backup, '--target', cluster.dataDir, '--yes')
      expect(outcome(result)).toMatch(ended(5))
      expect(result.stderr).toContain(`process ${intruder.pid} (sleep)`)
      expect(await psql(cluster, 'SELECT count(*) FROM t')).toBe('700')
    } finally {
      intruder.kill()
    }
  })

  test('a new place, where nothing was: it is started there', async () => {
    await control('stop', '-m', 'fast')
    const place = join(folder, 'new place')
    await ok(cluster, 'restore_locally.ts', backup, '--target', place, '--yes')
    const [, , , port = '', socket = ''] = (await asOwnerFile(join(place, 'postmaster.pid'))).split('\n')
    expect(await psql({ dataDir: place, port: Number(port), socket }, 'SELECT count(*) FROM t')).toBe('700')
    await asOwner('pg_ctl', '-D', place, '-w', 'stop', '-m', 'immediate')
    await control(
      'start',
      '-l',
      join(folder, 'log'),
      '-o',
      `-p ${cluster.port} -c unix_socket_directories=/tmp -c listen_addresses=127.0.0.1`,
    )
  })

  const whyRoot = isRoot ? '' : ' (not run: it takes root to have another user)'
  test.skipIf(!isRoot)(`is refused to a user whose cluster it is not${whyRoot}`, async () => {
    const stranger = { ...process.env, TOOLKIT_HOME: folder }
    const argv = ['--import', 'tsx', 'scripts/restore_locally.ts', backup, '--yes']
    const target = ['--target', cluster.dataDir, '--backups-dir', toolkit.backupsDir]
    const result = await exec(process.execPath, [...argv, ...target], {
      env: { ...stranger, RUNTIME: 'local' },
      uid: 65534,
      gid: 65534,
    }).catch(error => error as { code: number; stderr: string })
    expect([4, 5]).toContain((result as { code: number }).code)
    expect(await psql(cluster, 'SELECT count(*) FROM t')).toBe('700')
  })
})

async function asOwnerFile(path: string): Promise<string> {
  const { stdout } = await exec('cat', [path])
  return stdout
}

describe.skipIf(!debian)(`a cluster of Debian’s pg_ctlcluster${whyNoDebian}`, () => {
  const name = `toolkit${process.pid}`
  const major = String(facts?.major)
  let cluster: Cluster
  beforeAll(async () => {
    const port = await freePort()
    await exec('pg_createcluster', [major, name, '-p', String(port)])
    await exec('pg_ctlcluster', [major, name, 'start'])
    cluster = { dataDir: `/var/lib/postgresql/${major}/${name}`, port, socket: '/var/run/postgresql' }
  })
  afterAll(async () => {
    await exec('pg_dropcluster', ['--stop', major, name])
    const parent = `/var/lib/postgresql/${major}`
    for (const left of await readdir(parent))
      if (left.startsWith(name)) await rm(join(parent, left), { recursive: true })
  })

  test('is restored with its configuration in /etc', async () => {
    const backup = await prepare(cluster)
    const result = await ok(cluster, 'restore_locally.ts', backup, '--target', cluster.dataDir, '--yes')
    expect(result.stderr).toContain(`pg_ctlcluster ${major} ${name}`)
    expect(await psql(cluster, question)).toBe('700|t|2')
    const { stdout } = await exec('pg_lsclusters', ['-h', major, name])
    expect(stdout).toMatch(/online\s+postgres/)
  })
})
