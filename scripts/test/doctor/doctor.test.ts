import { execFileSync } from 'node:child_process'
import { chmod, mkdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../operations/doctor/finding.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { docker, image, Toolkit } from '../helpers/toolkit.ts'

/** Real faults, one for each line: each is found, said, and comes with its mend. */

let toolkit: Toolkit
let env: Record<string, string>
const isRoot = process.getuid?.() === 0
/** A tag of our own, that can be moved. */
let tag: string

type Report = { code: number; find(check: string): Finding | undefined; all: Finding[]; stdout: string }

async function examine(more: Record<string, string> = {}, ...args: string[]): Promise<Report> {
  for (let attempt = 0; ; attempt += 1) {
    const { code, stdout, stderr } = await toolkit.run('doctor.ts', ['--json', ...args], {
      env: { ...env, ...more },
    })
    expect([0, 5], stderr).toContain(code)
    const all = JSON.parse(stdout) as Finding[]
    // On a machine that is busy with other tests.
    if (attempt < 5 && all.some(f => f.says.includes('within 1.8 seconds'))) continue
    // The one that is not ok, where a check has found several things.
    const find = (check: string) => {
      const found = all.filter(f => f.check === check)
      return found.find(f => f.state !== 'ok') ?? found[0]
    }
    return { code, all, stdout, find }
  }
}
async function expectNote(check: string, says: RegExp, hint: RegExp, more: Record<string, string> = {}) {
  const report = await examine(more)
  const found = report.find(check)
  expect(found, JSON.stringify(report.all.filter(f => f.state !== 'ok'))).toMatchObject({ state: 'note' })
  expect(found?.says).toMatch(says)
  expect(found?.hint).toMatch(hint)
  expect(report.code).toBe(0)
}

describe.skipIf(noEngine)(`in containers${whyNoEngine}`, () => {
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    tag = `${toolkit.container}:1`
    await docker('tag', image, tag)
    env = { IMAGE: tag }
    await toolkit.ok('database.ts', ['start'], { env })
    await mkdir(toolkit.backupsDir, { mode: 0o700 })
    await writeFile(join(toolkit.home, '.env'), '# nothing\n', { mode: 0o600 })
  })
  afterAll(async () => {
    await toolkit.dispose()
    await docker('rmi', '--force', tag).catch(() => {})
  })

  describe('with the database running', () => {
    test('a line for everything, and nothing is changed', async () => {
      const before = await toolkit.asRoot(
        `cd '${toolkit.home}'; find . -path ./mnt/db/postgres -prune -o -printf '%p %m %U %T@\\n' | sort`,
      )
      const report = await examine()
      expect(report.code).toBe(0)
      expect(report.all.filter(f => f.state === 'missing')).toEqual([])
      const lines = [
        'Node.js',
        'packages',
        'tools',
        'user',
        'locale',
        'limits',
        'runtime',
        'engine',
        'labels',
      ]
      const more = ['containers', 'image', 'digest', 'versions', 'extension', 'database', 'checksums', 'port']
      const rest = [
        'network',
        'clock',
        'data',
        'backups',
        'disks',
        'owners',
        'remains',
        'former',
        '.env',
        'passwords',
        'variables',
      ]
      expect([...new Set(report.all.map(f => f.check))]).toEqual([...lines, ...more, ...rest])
      const fine = [
        'runtime',
        'engine',
        'image',
        'digest',
        'versions',
        'extension',
        'database',
        'checksums',
        'port',
        'network',
        'remains',
        'former',
        '.env',
        'passwords',
        'owners',
      ]
      for (const check of fine) expect(report.find(check)).toMatchObject({ state: 'ok' })
      expect(report.find('database')?.says).toBe('running, and answers')
      expect(report.find('checksums')?.says).toMatch(/^on/)
      expect(report.stdout).not.toContain(JSON.stringify(toolkit.password).slice(1, -1))
      expect(
        await toolkit.asRoot(
          `cd '${toolkit.home}'; find . -path ./mnt/db/postgres -prune -o -printf '%p %m %U %T@\\n' | sort`,
        ),
      ).toBe(before)
    })

    test('--verbose also looks from a container, and for the registry', async () => {
      const report = await examine({}, '--verbose')
      expect(report.find('reach')).toMatchObject({
        state: 'ok',
        says: 'a container reaches the server (host)',
      })
      expect(report.find('registry')?.says).toMatch(/registry-1\.docker\.io/)
    })

    test('a password that does not fit', () =>
      expectNote('database', /running; it could not be asked: .*password/i, /make set-password/, {
        PGPASSWORD: 'wrong',
      }))

    test('an extension whose library is not there', async () => {
      // The loader would look for the library with every other session.
      const free = ['--env', 'PGOPTIONS=-c timescaledb.disable_load=on', '--user', 'postgres']
      const psql = [toolkit.container, 'psql', '--port', String(toolkit.port), '--command']
      const change = (to: string) =>
        docker(
          'exec',
          ...free,
          ...psql,
          `UPDATE pg_extension SET extversion = '${to}' WHERE extname = 'timescaledb'`,
        )
      const [row] = await toolkit.sql(`SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'`)
      await change('99.1.0')
      try {
        await expectNote('extension', /TimescaleDB 99\.1\.0 is in the database/, /an image that has 99\.1\.0/)
      } finally {
        await change(row.extversion)
      }
    })
  })

  describe('with the database stopped', () => {
    beforeAll(async () => {
      await toolkit.ok('database.ts', ['stop'], { env })
    })

    test('its port is taken by a program: exit 5, and by which', async () => {
      const server = createServer().listen(toolkit.port, '127.0.0.1')
      try {
        const report = await examine()
        expect(report.code).toBe(5)
        expect(report.find('port')).toMatchObject({ state: 'missing', kind: 'prerequisite' })
        expect(report.find('port')?.says).toMatch(/taken by (.*process \d+|another program)/)
        expect(report.find('port')?.hint).toContain(`PGPORT=${toolkit.port + 1}`)
      } finally {
        server.close()
      }
    })

    test('its port is taken by a container', async () => {
      const name = `${toolkit.container}-other`
      const publish = ['--publish', `127.0.0.1:${toolkit.port}:5432`]
      await docker('run', '--detach', '--name', name, ...publish, '--entrypoint', 'sleep', image, '60')
      try {
        const report = await examine()
        expect(report.find('port')?.says).toContain(`taken by the container ${name}`)
      } finally {
        await docker('rm', '--force', name)
      }
    })

    test.each([
      ['.env', () => join(toolkit.home, '.env'), {}],
      ['passwords', () => join(toolkit.home, "it's a pgpass"), { PGPASSFILE: "it's a pgpass" }],
    ])('%s that others can read', async (check, path, more) => {
      await writeFile(path(), '', { flag: 'a' })
      await chmod(path(), 0o644)
      await expectNote(check, /others can read .*\(0644\)/, /^chmod 600 '/, more)
      await chmod(path(), 0o600)
      expect((await examine(more)).find(check)?.state).toBe('ok')
    })

    test('a .pgpass that is not there', () =>
      expectNote('passwords', /PGPASSFILE names .*nowhere/, /Make it/, { PGPASSFILE: 'nowhere' }))

    test('backups that others can look into', async () => {
      await chmod(toolkit.backupsDir, 0o755)
      await expectNote('owners', /others can look into the backups/, /^chmod 700/)
      await chmod(toolkit.backupsDir, 0o700)
    })

    test('data of another owner', async () => {
      const owner = await toolkit.asRoot(`stat -c %u:%g '${toolkit.dataDir}'`)
      await toolkit.asRoot(`chown 12345 '${toolkit.dataDir}'`)
      await expectNote('owners', /data belongs to uid 12345, the server runs as \d+/, /make start/)
      await toolkit.asRoot(`chown ${owner} '${toolkit.dataDir}'`)
    })

    test('remains of runs that were killed, and former data', async () => {
      const folders = [
        join(toolkit.backupsDir, 'cluster_backup_20260101_000000.partial'),
        `${toolkit.dataDir}.restoring-20260101_000000`,
        `${toolkit.dataDir}.salvage-20260101_000000.partial`,
      ]
      for (const folder of folders) await mkdir(folder)
      await expectNote('remains', /partial.*restoring-.*salvage-/, /make save, make restore, make salvage/)
      for (const folder of folders) await rm(folder, { recursive: true })
      const former = `${toolkit.dataDir}.before-restore-20260101_000000`
      await mkdir(former)
      await writeFile(join(former, 'data'), 'x'.repeat(3_000_000))
      await expectNote('former', /before-restore-20260101_000000 \(2\.9MB\)/, /make discard-former/)
      await rm(former, { recursive: true })
      expect((await examine()).find('remains')?.state).toBe('ok')
    })

    test('containers of ours that nobody waits for', async () => {
      const label = 'com.timescaledb-toolkit.role'
      const orphan = 'toolkit-save-99999999-abcdef'
      await docker('create', '--name', orphan, '--label', `${label}=program`, '--entrypoint', 'true', image)
      await expectNote(
        'containers',
        /left over.*toolkit-save-99999999/,
        /docker rm --force toolkit-save/,
      ).finally(() => docker('rm', orphan))
      const stopped = `${toolkit.container}-stopped`
      await docker('create', '--name', stopped, '--label', `${label}=database`, '--entrypoint', 'true', image)
      await expectNote('containers', /ended by themselves: .*-stopped/, /make logs/).finally(() =>
        docker('rm', stopped),
      )
    })

    test('a container of somebody else under our name', async () => {
      await docker('create', '--name', toolkit.container, '--entrypoint', 'true', image)
      await expectNote('database', /is not ours/, /CONTAINER=/).finally(() => docker('rm', toolkit.container))
    })

    test('an image that has another content under the same tag', async () => {
      execFileSync('docker', ['build', '--quiet', '--tag', tag, '-'], {
        input: `FROM ${image}\nLABEL moved=yes\n`,
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      await expectNote('digest', /is another image now than the one that made the data/, /it fits/)
      await docker('rmi', tag)
      await docker('tag', image, tag)
      expect((await examine()).find('digest')?.state).toBe('ok')
    })

    test('an image that is not here', () =>
      expectNote('image', /nobody\/nothing:1 is not here yet/, /make start/, { IMAGE: 'nobody/nothing:1' }))

    test('a record that tells of another runtime, another major version, a salvage', async () => {
      const path = `${toolkit.dataDir}.cluster.json`
      const record = await readFile(path, 'utf8')
      const marked = { runtime: 'local', postgresql_version: '12.3', salvaged_at: '2026-01-01T00:00:00Z' }
      await writeFile(path, JSON.stringify({ ...JSON.parse(record), ...marked }))
      const report = await examine({ RUNTIME: 'docker' })
      await writeFile(path, record)
      expect(report.find('runtime')?.hint).toContain('RUNTIME=local')
      expect(report.find('versions')?.hint).toBe('The data needs PostgreSQL 12.')
      expect(report.find('database')?.says).toMatch(/salvaged with pg_resetwal/)
    })

    test('a record that is damaged: what needs it says so, the rest goes on', async () => {
      const path = `${toolkit.dataDir}.cluster.json`
      const record = await readFile(path, 'utf8')
      await writeFile(path, '{')
      const report = await examine({ RUNTIME: 'docker' })
      await writeFile(path, record)
      expect(report.find('versions')?.says).toMatch(/could not be looked at: .*damaged/)
      expect(report.find('image')?.state).toBe('ok')
    })

    test('a clock that is before the last backup', async () => {
      const folder = join(toolkit.backupsDir, 'tomorrow')
      await mkdir(folder)
      for (const name of ['base.tar', 'pg_wal.tar', 'backup_manifest']) {
        await writeFile(join(folder, name), '')
        await utimes(join(folder, name), 4_000_000_000, 4_000_000_000)
      }
      await expectNote('clock', /is before the last backup \(2096-/, /timedatectl/)
      await rm(folder, { recursive: true })
    })

    test('variables of somebody’s shell, by their names', () =>
      expectNote('variables', /PGSERVICE/, /make config/, { PGSERVICE: 'production' }))

    test('a locale that is no UTF-8', () =>
      expectNote('locale', /locale C,/, /LANG=C\.UTF-8/, { LC_ALL: 'C' }))

    test('the backups on the disk of the data', () => expectNote('disks', /same disk/, /another machine/))

    test.skipIf(!canMount)(`disks of memory, read-only ones, and another one${whyNoDisk}`, () =>
      withSmallDisk(2, async disk => {
        const backups = { BACKUPS_DIR: join(disk, 'backups') }
        await expectNote('backups', /memory/, /BACKUPS_DIR=/, backups)
        expect((await examine(backups)).find('disks')?.state).toBe('ok')
        await expectNote('data', /memory|little/, /DATA_DIR=|make list/, { DATA_DIR: join(disk, 'data') })
        execFileSync('mount', ['-o', 'remount,ro', disk])
        const report = await examine({ ...backups, DATA_DIR: join(disk, 'data') })
        expect(report.code).toBe(5)
        for (const check of ['data', 'backups']) {
          expect(report.find(check)).toMatchObject({ state: 'missing' })
          expect(report.find(check)?.says).toMatch(/mounted read-only/)
          expect(report.find(check)?.hint).toMatch(/remount,rw/)
        }
      }),
    )

    test('a folder that we may not write into', async () => {
      const report = await examine({ BACKUPS_DIR: '/proc/nowhere' })
      expect(report.code).toBe(isRoot ? report.code : 5)
      expect(report.find('backups')?.state).not.toBe('ok')
    })

    test('a cluster without checksums', async () => {
      const owner = await toolkit.asRoot(`stat -c %u:%g '${toolkit.dataDir}'`)
      const mount = ['--mount', `type=bind,source=${toolkit.dataDir},target=/d`]
      await docker(
        'run',
        '--rm',
        '--user',
        owner,
        ...mount,
        '--entrypoint',
        'pg_checksums',
        image,
        '--disable',
        '-D',
        '/d',
      )
      await toolkit.ok('database.ts', ['start'], { env })
      await expectNote('checksums', /^off/, /pg_checksums --enable/)
      await toolkit.ok('database.ts', ['stop'], { env })
    })
  })

  test('no engine: one missing line, and the rest is looked at all the same', async () => {
    const report = await examine({ DOCKER: 'docker', DOCKER_HOST: 'tcp://127.0.0.1:1' })
    expect(report.code).toBe(5)
    expect(report.all.filter(f => f.state === 'missing').map(f => f.check)).toEqual(['engine'])
    expect(report.find('not seen')?.says).toMatch(/image.*port/)
    expect(report.find('data')?.state).toBe('ok')
  })

  test('for people: a mark, a check, what it is, and the mend below', async () => {
    const { stdout } = await toolkit.run('doctor.ts', [], { env })
    expect(stdout).toMatch(/^ok {6}Node\.js {4}v/m)
    expect(stdout).toMatch(/^note {4}disks {6}the backups are on the same disk.*\n {19}Copy them/m)
  })
})
