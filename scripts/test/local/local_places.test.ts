import '../helpers/here.ts'

import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { image, local, whyNoLocal } from '../helpers/place.ts'
import { serverId } from '../helpers/server.ts'
import { canMount } from '../helpers/small_disk.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { type Run, type Toolkit, withToolkit } from '../helpers/toolkit.ts'

const scripts = join(import.meta.dirname, '..', '..')
const isRoot = process.getuid?.() === 0
const whyNotRoot = isRoot ? '' : ' (not run: it takes root)'

/** Starts, saves, restores and stops: whatever the machine, the place or the environment is like. */
async function story(toolkit: Toolkit, env: Record<string, string> = {}): Promise<void> {
  await toolkit.ok('database.ts', ['start'], { env })
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  const { metadata } = await toolkit.json('save.ts', [], { env })
  await toolkit.sql('DELETE FROM t')
  await toolkit.ok('restore_docker.ts', [metadata.id, '--yes'], { env })
  await toolkit.ok('database.ts', ['start-restored'], { env })
  expect(await toolkit.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }])
  await toolkit.ok('database.ts', ['stop'], { env })
}

/** A program with its own words and nothing of ours in the environment. */
const run = (argv: string[], env: Record<string, string>): Promise<Run> =>
  new Promise(resolve => {
    const [program = '', ...args] = argv
    const child = execFile(program, args, { env, cwd: '/' }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    )
    child.stdin?.end()
  })
const script = (name: string): string[] => [process.execPath, '--import', tsx, join(scripts, name)]
const tsx = join(scripts, '..', 'node_modules/tsx/dist/esm/index.mjs')

describe.skipIf(!local)(`RUNTIME=local${whyNoLocal}`, () => {
  describe('a place', () => {
    let folder: string
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'toolkit places '))
      await chmod(folder, 0o755)
    })
    afterAll(() => rm(folder, { recursive: true, force: true }))

    test.each([
      ['with everything in its name that means something to somebody', `it's a "$HOME", or=\\ü; #1 & 50%`],
      ['longer than a socket’s path may be', 'long/'.repeat(25)],
    ])('%s', async (_, name) => {
      const place = join(folder, name)
      await mkdir(place, { recursive: true })
      await withToolkit(story, place)
    })
  })

  async function inLocale(what: string, env: Record<string, string>): Promise<void> {
    const before = process.umask(what.includes('umask') ? 0o077 : 0o022)
    try {
      await withToolkit(async toolkit => {
        await story(toolkit, env)
        await toolkit.ok('database.ts', ['start'], { env })
        expect((await toolkit.sql('SHOW server_encoding'))[0]).toEqual({ server_encoding: 'UTF8' })
      })
    } finally {
      process.umask(before)
    }
  }
  test.each([['C, and a umask that closes everything', { LANG: 'C', LC_ALL: 'C' }]])('a locale: %s', inLocale)
  test.skipIf(!soak).each([
    ['Latin 1', { LC_ALL: 'de_DE.ISO-8859-1' }],
    ['German, whether this machine has it or not', { LANG: 'de_DE.UTF-8', LC_ALL: 'de_DE.UTF-8' }],
  ])(`a locale: %s${whyNotNow}`, inLocale)

  test('variables of somebody else’s PostgreSQL in the environment change nothing', () =>
    withToolkit(toolkit =>
      story(toolkit, {
        PGDATA: '/nowhere',
        PGSERVICE: 'nobody',
        PGHOSTADDR: '203.0.113.1',
        PGAPPNAME: 'x',
        PGCLIENTENCODING: 'LATIN1',
        PGTARGETSESSIONATTRS: 'standby',
      }),
    ))

  test('PG_BIN that is no folder of PostgreSQL is named', () =>
    withToolkit(async toolkit => {
      for (const PG_BIN of ['/nowhere', '/usr/bin']) {
        const refused = await toolkit.run('database.ts', ['start'], { env: { PG_BIN } })
        expect(outcome(refused)).toMatch(ended(5))
        expect(refused.stderr).toMatch(new RegExp(`PG_BIN names ${PG_BIN}[\\s\\S]*pg_config --bindir`))
      }
    }))

  test.skipIf(!isRoot)(`a folder that is closed to the server’s user is named${whyNotRoot}`, () =>
    withToolkit(async toolkit => {
      const closed = join(toolkit.home, "it's closed")
      await mkdir(closed, { mode: 0o700 })
      // What is below the toolkit's own folder is opened for passing through; elsewhere nothing is.
      const elsewhere = await mkdtemp(join(tmpdir(), "toolkit it's closed "))
      const DATA_DIR = join(elsewhere, 'postgres')
      const refused = await toolkit.run('database.ts', ['start'], { env: { DATA_DIR } })
      expect(outcome(refused)).toMatch(ended(5))
      const [, command = ''] = /: (chmod o\+x '.*')$/m.exec(refused.stderr) ?? []
      expect(refused.stderr).toContain(`may not pass through ${elsewhere}`)
      expect((await stat(elsewhere)).mode & 0o777).toBe(0o700)
      await toolkit.asRoot(command)
      await toolkit.ok('database.ts', ['start'], { env: { DATA_DIR } })
      await toolkit.ok('database.ts', ['stop'], { env: { DATA_DIR } })
      await rm(elsewhere, { recursive: true })

      await toolkit.ok('database.ts', ['start'], { env: { DATA_DIR: join(closed, 'postgres') } })
      expect((await stat(closed)).mode & 0o777).toBe(0o701)
      expect(await serverId({ ...toolkit, dataDir: join(closed, 'postgres') })).not.toBe('')
    }),
  )

  test.skipIf(!isRoot)(`an ordinary user has a cluster of his own${whyNotRoot}`, async () => {
    // nobody: initdb wants a name for who runs it.
    const uid = 65534
    const become = ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups']
    await withToolkit(async toolkit => {
      await chown(toolkit.home, uid, uid)
      const env = { ...toolkit.env, HOME: toolkit.home }
      const as = async (name: string, ...args: string[]) => {
        const done = await run([...become, ...script(name), ...args], env)
        expect(outcome(done)).toMatch(ended(0))
        return done
      }
      await as('database.ts', 'start')
      expect((await stat(toolkit.dataDir)).uid).toBe(uid)
      await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
      await as('save.ts')
      await toolkit.sql('DELETE FROM t')
      await as('restore_docker.ts', 'latest', '--yes')
      await as('database.ts', 'start-restored')
      expect(await toolkit.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }])
      await as('database.ts', 'discard-former', '--yes')
      await as('database.ts', 'stop')
    })
  })

  const whyNoMount = canMount ? '' : ' (not run: hiding what is installed takes root)'
  test.skipIf(!canMount)(`neither an engine nor PostgreSQL: says what to install here${whyNoMount}`, () =>
    withToolkit(async toolkit => {
      // Without the folders that have it, in a namespace of our own.
      const programs = join(toolkit.home, 'programs')
      await toolkit.asRoot(
        `mkdir '${programs}'; cd '${programs}'; ln -s /usr/bin/* .; rm -f docker podman pg_* postgres`,
      )
      const debian = '/usr/lib/postgresql'
      const hide = `/bin/mount -t tmpfs none '${image.startsWith(debian) ? debian : image}'; exec "$@"`
      const env = { PATH: programs, HOME: toolkit.home, TOOLKIT_HOME: toolkit.home, PGPASSWORD: 'x' }
      const hidden = (name: string, ...args: string[]) =>
        run(['/usr/bin/unshare', '--mount', '/bin/sh', '-c', hide, 'sh', ...script(name), ...args], env)
      for (const [name, ...args] of [
        ['database.ts', 'start'],
        ['demo.ts', '--days', '1'],
        ['restore_docker.ts', 'latest', '--yes'],
      ] as const) {
        const refused = await hidden(name, ...args)
        expect(outcome(refused)).toMatch(ended(5))
        expect(refused.stderr).toMatch(/neither a container engine nor PostgreSQL[\s\S]*make setup/)
        expect(refused.stderr).toMatch(/By hand:\n.*\S+[\s\S]*or Docker:\n.*\S+/)
      }
    }),
  )

  test('after an upgrade of the system’s C library it is refused, with the way out', () =>
    withToolkit(async toolkit => {
      await toolkit.startDatabase()
      await toolkit.ok('database.ts', ['stop'])
      const record = `${toolkit.dataDir}.cluster.json`
      const before = JSON.parse(await readFile(record, 'utf8'))
      await writeFile(record, JSON.stringify({ ...before, libc_version: '2.17' }))
      const refused = await toolkit.run('database.ts', ['start'])
      expect(outcome(refused)).toMatch(ended(5))
      expect(refused.stderr).toMatch(/made with \w+ 2\.17, the installation .* has[\s\S]*REINDEX/)
    }))
})
