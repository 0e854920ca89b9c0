import { execFileSync } from 'node:child_process'
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docker, image, major, noEngine, whyNoEngine } from '../helpers/place.ts'
import { canMount, withSmallDisk } from '../helpers/small_disk.ts'
import { Toolkit, withToolkit } from '../helpers/toolkit.ts'

async function refused(toolkit: Toolkit, words: RegExp, env: Record<string, string> = {}, args = ['start']) {
  const run = await toolkit.run('database.ts', args, { env })
  expect(run.code, `${args}: ${run.stderr}`).toBe(5)
  expect(run.stderr).toMatch(words)
  expect(run.stderr).toContain('HINT:')
}

describe.skipIf(noEngine)(`no engine${whyNoEngine}`, () => {
  const verbs = ['start', 'stop', 'status', 'check-running']

  test.each([
    ['unreachable', { DOCKER_HOST: 'tcp://127.0.0.1:1' }, /engine does not answer|docker does not answer/],
    ['not installed', { PATH: '/nowhere' }, /There is no program “docker”[\s\S]*get-docker/],
  ])('%s', (_what, env, words) =>
    withToolkit(async toolkit => {
      for (const verb of verbs) await refused(toolkit, words, { ...env, DOCKER: 'docker' }, [verb])
      const save = await toolkit.run('save.ts', [], { env: { ...env, DOCKER: 'docker' } })
      expect([1, 5]).toContain(save.code)
    }),
  )
})

describe('a first start', () => {
  test.skipIf(noEngine)(`with a name that belongs to a container of somebody else${whyNoEngine}`, () =>
    withToolkit(async toolkit => {
      await docker('create', '--name', toolkit.container, '--entrypoint', 'true', image)
      for (const verb of ['start', 'stop', 'status', 'psql'])
        await refused(toolkit, /is there, and the toolkit did not make it/, {}, [verb])
      expect(await docker('ps', '--all', '--quiet', '--filter', `name=${toolkit.container}`)).not.toBe('')
    }),
  )

  test('in a folder that holds something else', () =>
    withToolkit(async toolkit => {
      await mkdir(toolkit.dataDir, { recursive: true })
      await writeFile(join(toolkit.dataDir, 'thesis.doc'), 'irreplaceable')
      await refused(toolkit, /holds files, and they are not a PostgreSQL cluster/)
      expect(await readFile(join(toolkit.dataDir, 'thesis.doc'), 'utf8')).toBe('irreplaceable')
    }))

  test.skipIf(noEngine)(`from an image that is nowhere${whyNoEngine}`, () =>
    withToolkit(toolkit =>
      refused(toolkit, /not on this machine and could not be fetched/, {
        IMAGE: 'no.such.host.invalid/pg:17',
      }),
    ),
  )

  const why = canMount ? '' : ' (not run: mounting takes root)'
  test.skipIf(!canMount)(`in a read-only folder${why}`, () =>
    withToolkit(async toolkit => {
      const disk = join(toolkit.home, 'disk')
      await withSmallDisk(
        1,
        async folder => {
          execFileSync('mount', ['-o', 'remount,ro', folder])
          await refused(toolkit, /read-only/, { DATA_DIR: join(folder, 'postgres') })
          await refused(toolkit, /may not write/, { DATA_DIR: folder })
          if (!noEngine) await docker('rm', '--force', toolkit.container)
        },
        disk,
      )
    }),
  )

  test('in a folder of the user’s choice, whose neighbours stay as they are', () =>
    withToolkit(async toolkit => {
      const log = join(toolkit.home, 'log')
      await mkdir(log, { mode: 0o755 })
      const before = await stat(log)
      const env = { DATA_DIR: join(toolkit.home, 'my data') }
      await toolkit.ok('database.ts', ['start'], { env })
      const after = await stat(log)
      expect([after.uid, after.mode]).toEqual([before.uid, before.mode])
      const logs = await toolkit.ok('database.ts', ['logs'], { env })
      expect(logs.stdout).toContain('ready to accept connections')
    }))
})

describe('a cluster that does not fit', () => {
  let toolkit: Toolkit
  let record: string
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    await toolkit.startDatabase()
    await toolkit.sql('CREATE TABLE kept AS SELECT 1 AS n')
    await toolkit.ok('database.ts', ['stop'])
    record = `${toolkit.dataDir}.cluster.json`
  })
  afterAll(() => toolkit.dispose())

  test('another major version', async () => {
    const file = `'${toolkit.dataDir}/PG_VERSION'`
    await toolkit.asRoot(`cp -p ${file} ${file}.kept; echo 14 > ${file}`)
    await refused(toolkit, new RegExp(`belongs to PostgreSQL 14, the .* is PostgreSQL ${major}`))
    await toolkit.asRoot(`mv ${file}.kept ${file}`)
  })

  test.each([
    [
      'libc',
      { libc: 'musl', libc_version: '1.2.5' },
      /made with musl 1\.2\.5, the (image|installation) .* has glibc/,
    ],
    ['libc version', { libc_version: '2.28' }, /made with glibc 2\.28/],
    ['edition', { timescaledb_edition: 'tsl' }, /made with the tsl edition of TimescaleDB/],
  ])('another %s', async (_what, change, words) => {
    const before = await readFile(record, 'utf8')
    await writeFile(record, JSON.stringify({ ...JSON.parse(before), ...change }))
    await refused(toolkit, words)
    await writeFile(record, before)
  })

  test('a record that was damaged', async () => {
    const before = await readFile(record, 'utf8')
    for (const text of ['', '{"image": 1}', before.slice(0, 20)]) {
      await writeFile(record, text)
      await refused(toolkit, /cluster\.json cannot be read/)
    }
    await writeFile(record, before)
  })

  test('a cluster without a control file', async () => {
    const file = `'${toolkit.dataDir}/global/pg_control'`
    await toolkit.asRoot(`mv ${file} ${file}.kept`)
    await refused(toolkit, /no control file/)
    await toolkit.asRoot(`mv ${file}.kept ${file}`)
  })

  test('a configuration that the server does not understand is shown, and mended', async () => {
    const own = join(toolkit.home, 'config/postgres')
    await mkdir(own, { recursive: true })
    const project = join(import.meta.dirname, '../../../db/config/postgres')
    await writeFile(join(own, 'pg_hba.conf'), await readFile(join(project, 'pg_hba.conf')))
    await writeFile(join(own, 'postgresql.conf'), 'max_connections = lots\n')
    const run = await toolkit.run('database.ts', ['start'])
    expect(run.code, run.stderr).toBe(8)
    expect(run.stderr).toContain('invalid value for parameter "max_connections": "lots"')
    await writeFile(join(own, 'postgresql.conf'), 'max_connections = 42\n')
    await toolkit.startDatabase()
    expect(await toolkit.sql('SHOW max_connections')).toEqual([{ max_connections: '42' }])
    await toolkit.ok('database.ts', ['stop'])
  })

  test('after all that it starts with what was in it', async () => {
    await toolkit.startDatabase()
    expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
  })
})
