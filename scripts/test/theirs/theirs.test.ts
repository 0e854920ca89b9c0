import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { docker, image, Toolkit } from '../helpers/toolkit.ts'

describe.skipIf(noEngine)(`what the toolkit did not make${whyNoEngine}`, () => {
  /** Containers, compose services and volumes that the toolkit did not make. */

  const secret = 'geheim: §"\''
  const made: string[] = []

  /** A server as somebody without this toolkit runs it. */
  async function theirs(name: string, ...args: string[]): Promise<string> {
    const container = `toolkit-test-${process.pid}-${name}`
    made.push(container)
    await docker('run', '--detach', '--name', container, '--env', `POSTGRES_PASSWORD=${secret}`, ...args)
    await ready(container)
    return container
  }

  async function ready(container: string): Promise<void> {
    for (let i = 0; i < 300; i++) {
      const answer = await docker('exec', container, 'pg_isready', '-q').then(
        () => true,
        () => false,
      )
      if (answer) return
      await sleep(100)
    }
    throw new Error(`${container} did not start`)
  }

  const psql = (container: string, user: string, sql: string): Promise<string> =>
    docker('exec', container, 'psql', '-XqAt', '-U', user, '-d', 'postgres', '-c', sql)

  const volumes = async (prefix: string): Promise<string[]> =>
    (await docker('volume', 'ls', '--format', '{{.Name}}'))
      .split('\n')
      .filter(name => name.startsWith(prefix))

  let toolkit: Toolkit
  beforeAll(async () => {
    toolkit = await Toolkit.create()
  })
  afterAll(async () => {
    for (const container of made) await docker('rm', '--force', '--volumes', container).catch(() => {})
    for (const volume of await volumes(`toolkit-test-${process.pid}`)) await docker('volume', 'rm', volume)
    await toolkit.dispose()
  })

  /** What a user would type: nothing but the container’s name. */
  const asUser = (container: string) => {
    const { PATH = '', HOME = '', DOCKER } = toolkit.env
    return { PATH, HOME, ...(DOCKER && { DOCKER }), TOOLKIT_HOME: toolkit.home, CONTAINER: container }
  }
  const run = (container: string, script: string, ...args: string[]) => {
    const { env } = toolkit
    const none = Object.fromEntries(Object.keys(env).map(name => [name, '']))
    return toolkit.run(script, args, { env: { ...none, ...asUser(container) } })
  }
  async function ok(container: string, script: string, ...args: string[]): Promise<string> {
    const result = await run(container, script, ...args)
    expect(outcome(result)).toMatch(ended(0))
    return result.stdout
  }
  async function save(container: string): Promise<string> {
    return JSON.parse(await ok(container, 'save.ts', '--json')).metadata.id
  }

  describe('a container with its data in a volume', () => {
    const volume = `toolkit-test-${process.pid}-data`
    let container: string
    let backup: string
    beforeAll(async () => {
      const mount = `type=volume,source=${volume},target=/var/lib/postgresql/data`
      container = await theirs('volume', '--env', 'POSTGRES_USER=shop', '--mount', mount, image)
      await psql(container, 'shop', 'CREATE TABLE t AS SELECT generate_series(1, 1000) AS i')
      backup = await save(container)
    })

    test('is saved by its name alone, as the role of its environment', async () => {
      const listed = JSON.parse(await ok(container, 'db_backup.ts', 'list', '--json'))
      expect(JSON.stringify(listed)).toContain(backup)
    })

    test('is restored: the former data is kept in another volume', async () => {
      await psql(container, 'shop', 'CREATE TABLE later AS SELECT 1')
      await ok(container, 'restore_docker.ts', backup, '--yes')
      const answer = await psql(
        container,
        'shop',
        "SELECT count(*) FROM t; SELECT to_regclass('later') IS NULL; SELECT timeline_id FROM pg_control_checkpoint()",
      )
      expect(answer.split('\n')).toEqual(['1000', 't', '2'])
      // It needs nothing of us any more, and can be restarted.
      await docker('restart', container)
      await ready(container)
      const [former] = (await volumes(`${volume}.before-restore-`)).slice(-1)
      const kept = await theirs(
        'former',
        '--mount',
        `type=volume,source=${former},target=/var/lib/postgresql/data`,
        image,
      )
      expect(await psql(kept, 'shop', 'SELECT count(*) FROM later')).toBe('1')
    })

    test('what fails leaves the former data running, and no volume behind', async () => {
      await psql(container, 'shop', 'CREATE TABLE kept AS SELECT 42 AS i')
      const before = await volumes(volume)
      const folder = toolkit.backup(backup)
      const broken = join(toolkit.backupsDir, 'broken')
      // A foreign backup whose WAL is missing: it unpacks, and cannot be recovered.
      await docker(
        ...[
          'run',
          '--rm',
          '--network',
          `container:${container}`,
          '--user',
          `${process.getuid?.()}:${process.getgid?.()}`,
        ],
        ...[
          '--env',
          `PGPASSWORD=${secret}`,
          '--mount',
          `type=bind,source=${toolkit.backupsDir},target=${toolkit.backupsDir}`,
        ],
        ...[
          '--entrypoint',
          'pg_basebackup',
          image,
          '-h',
          '127.0.0.1',
          '-U',
          'shop',
          '-Ft',
          '-D',
          broken,
          '-c',
          'fast',
        ],
      )
      expect(existsSync(folder)).toBe(true)
      await writeFile(join(broken, 'pg_wal.tar'), Buffer.alloc(10240))
      const result = await run(container, 'restore_docker.ts', broken, '--yes')
      expect(outcome(result)).toMatch(ended(3))
      await ready(container)
      expect(await psql(container, 'shop', 'SELECT i FROM kept')).toBe('42')
      expect(await volumes(volume)).toEqual(before)
    })

    test('IN_PLACE keeps nothing, and says so first', async () => {
      const before = await volumes(volume)
      const dry = await run(container, 'restore_docker.ts', backup, '--in-place', '--dry-run')
      expect(dry.stderr).toContain('WHAT IS THERE NOW IS DELETED FIRST')
      await ok(container, 'restore_docker.ts', backup, '--in-place', '--yes')
      expect(await psql(container, 'shop', "SELECT to_regclass('kept') IS NULL")).toBe('t')
      expect(await volumes(volume)).toEqual(before)
    })

    test('a new volume, filled before any container has it', async () => {
      const fresh = `toolkit-test-${process.pid}-fresh`
      await ok('', 'restore_docker.ts', backup, '--target', `volume:${fresh}`, '--yes')
      const mount = `type=volume,source=${fresh},target=/var/lib/postgresql/data`
      const other = await theirs('fresh', '--mount', mount, image)
      expect(await psql(other, 'shop', 'SELECT count(*) FROM t')).toBe('1000')
    })

    test('a killed restore is begun anew, and the data from before is still kept', async () => {
      await psql(container, 'shop', 'CREATE TABLE before_kill AS SELECT 1')
      const { child, done } = toolkit.start('restore_docker.ts', [backup, '--yes'], {
        env: {
          ...Object.fromEntries(Object.keys(toolkit.env).map(name => [name, ''])),
          ...asUser(container),
        },
      })
      await new Promise<void>(resolve =>
        child.stderr?.on('data', chunk => String(chunk).includes('Extracted') && resolve()),
      )
      child.kill('SIGKILL')
      await done
      await ok(container, 'restore_docker.ts', backup, '--yes')
      await docker('start', container)
      await ready(container)
      expect(await psql(container, 'shop', 'SELECT count(*) FROM t')).toBe('1000')
      const found: string[] = []
      for (const former of await volumes(`${volume}.before-restore-`)) {
        const name = `killed-${found.length}`
        const mount = `type=volume,source=${former},target=/var/lib/postgresql/data`
        const kept = await theirs(name, '--mount', mount, image)
        found.push(await psql(kept, 'shop', "SELECT to_regclass('before_kill') IS NOT NULL"))
      }
      expect(found).toContain('t')
    })
  })

  describe('a compose service with its data in a folder, another PGDATA and another user', () => {
    let folder: string
    let container: string
    const service = `db-${process.pid}`
    const other = `toolkit-test-other-user:${process.pid}`
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), "their 'folder' "))
      // The server's user has to pass through.
      await chmod(folder, 0o755)
      const build = await mkdtemp(join(tmpdir(), 'build-'))
      // As in timescaledb-ha: uid 1000, and the data below /home/postgres/pgdata.
      await writeFile(
        join(build, 'Dockerfile'),
        `FROM ${image}\nRUN usermod -u 1000 postgres && groupmod -g 1000 postgres && chown -R 1000:1000 /var/lib/postgresql /var/run/postgresql && mkdir -p /home/postgres/pgdata && chown -R 1000:1000 /home/postgres\nENV PGDATA=/home/postgres/pgdata/data\nVOLUME /home/postgres/pgdata\n`,
      )
      await docker('build', '--network', 'none', '--tag', other, build)
      await rm(build, { recursive: true })
      const mount = `type=bind,"source=${folder}",target=/home/postgres/pgdata`
      const labels = ['--label', `com.docker.compose.service=${service}`]
      container = await theirs('compose', ...labels, '--publish', '127.0.0.1::5432', '--mount', mount, other)
      await psql(container, 'postgres', 'CREATE TABLE t AS SELECT generate_series(1, 500) AS i')
    })
    afterAll(async () => {
      await docker('rm', '--force', container).catch(() => {})
      await promisify(execFile)('docker', [
        ...['run', '--rm', '--mount', `type=bind,"source=${folder}",target=/folder`, '--entrypoint', 'find'],
        ...[image, '/folder', '-mindepth', '1', '-delete'],
      ])
      await rm(folder, { recursive: true, force: true })
      await docker('rmi', '--force', other)
    })

    test('is saved by the service’s name and restored; the former data stays beside it', async () => {
      const backup = await save(service)
      await psql(container, 'postgres', 'CREATE TABLE later AS SELECT 1')
      await ok(service, 'restore_docker.ts', backup, '--yes')
      expect(await psql(container, 'postgres', "SELECT count(*), to_regclass('later') IS NULL FROM t")).toBe(
        '500|t',
      )
      const names = (await readdir(folder)).filter(name => name !== '.lock')
      expect(names).toEqual(['data', expect.stringMatching(/^data\.before-restore-\d{8}_\d{6}$/)])
    })

    test('both a container and a target are one too many', async () => {
      const result = await run(service, 'restore_docker.ts', 'latest', '--target', '/tmp/x', '--yes')
      expect(outcome(result)).toMatch(ended(4))
      expect(result.stderr).toContain('Name one of the two')
    })

    test('make start, stop and psql leave it alone', async () => {
      for (const verb of ['start', 'stop', 'psql']) {
        const result = await run(container, 'database.ts', verb)
        expect(outcome(result)).toMatch(ended(5))
      }
    })
  })

  test('data that lies in no volume and no folder is not restored into', async () => {
    const container = await theirs('layer', '--env', 'PGDATA=/srv/data', image)
    await psql(container, 'postgres', 'SELECT 1')
    const backup = await save(container)
    const result = await run(container, 'restore_docker.ts', backup, '--yes')
    expect(outcome(result)).toMatch(ended(4))
    expect(result.stderr).toContain('is in no volume and no folder')
  })
})
