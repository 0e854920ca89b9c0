import { readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { image } from '../helpers/toolkit.ts'
import { Machine, mayBecome, type Outcome, ordinary } from './machine.ts'

/** RUNNER: the scripts in the tools image, on a machine that has no Node.js. */
let machine: Machine
afterAll(() => machine?.dispose())

const ok = (outcome: Outcome): Outcome => {
  expect(outcome, outcome.stderr).toMatchObject({ code: 0 })
  return outcome
}

async function owners(folder: string): Promise<number[]> {
  const names = await readdir(folder, { recursive: true })
  return [...new Set(await Promise.all(names.map(async name => (await stat(join(folder, name))).uid)))]
}

const rows = async () => Number((await machine.toolkit.sql('SELECT count(*) FROM t'))[0].count)

describe.skipIf(noEngine)(`whoever runs the tests${whyNoEngine}`, () => {
  beforeAll(async () => {
    machine = await Machine.create()
    // The image is built on first use; that takes longer than any test may.
    ok(await machine.script('config.ts'))
  }, 900_000)

  test('there is no Node.js', async () => {
    const { code, stderr } = await machine.start(['make', '-C', '..', 'check']).done
    expect([code, stderr]).toEqual([2, expect.stringContaining('There is no Node.js 20.19')])
  })

  test('starts, saves and lists', async () => {
    ok(await machine.make('start'))
    await machine.toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
    ok(await machine.make('save', `LABEL=it's "one", $$HOME`))
    const { backups } = JSON.parse(ok(await machine.script('db_backup.ts', 'list', '--json')).stdout)
    expect(backups[0].label).toBe(`it's "one", $HOME`)
    // The image of our own server is known, though the save had no engine to ask.
    const metadata = JSON.parse(
      await readFile(join(machine.toolkit.backup(backups[0].id), 'metadata.json'), 'utf8'),
    )
    expect(metadata.server.image).toBe(image)
  })

  test('writes a report, and gets no socket for it', async () => {
    const { home } = machine.toolkit
    ok(await machine.make('explore', `REPORTS_DIR=${join(home, 'my reports')}`))
    expect(await readFile(join(home, 'my reports/latest/report.md'), 'utf8')).toContain('public.t')
    expect(await machine.left()).toEqual([])
  })

  test('verifies, restores and starts what was restored', async () => {
    expect(ok(await machine.make('verify', 'BACKUP_DIR=latest', 'DEEP=1')).stdout).toMatch(/^ok .*deep/)
    await machine.toolkit.sql('DELETE FROM t')
    const restore = machine.start(['make', 'restore', 'BACKUP_DIR=latest'], { input: 'y\n' })
    expect(ok(await restore.done).stderr).toContain('Go on? [y/N]')
    expect(ok(await machine.make('start-restored')).stdout).toContain(
      'The password that is set here opens it.',
    )
    expect(await rows()).toBe(1000)
    expect(await machine.left()).toEqual([])
  })

  test('gets the script’s own exit code, and its two outputs apart', async () => {
    expect(await machine.script('database.ts', 'check-running', '--json')).toMatchObject({
      code: 0,
      stdout: '{\n  "running": true\n}\n',
      stderr: '',
    })
    expect(await machine.script('db_backup.ts', 'verify', 'no such')).toMatchObject({ code: 4, stdout: '' })
    const env = { CONTAINER: 'there-is-none' }
    expect(
      await machine.start(['bash', '../scripts/run.sh', 'database.ts', 'status'], { env }).done,
    ).toMatchObject({
      code: 5,
    })
    const declined = machine.start(['bash', '../scripts/run.sh', 'restore_docker.ts', 'latest'], {
      input: 'n\n',
    })
    expect(await declined.done).toMatchObject({ code: 130 })
  })

  test('may not start a server that would end with the script', async () => {
    const { code, stderr } = await machine.script('database.ts', 'start', '--runtime', 'local')
    expect([code, stderr]).toEqual([
      4,
      expect.stringContaining('needs the scripts to run on this machine itself'),
    ])
  })

  test('finds backups behind a link, outside of the toolkit', async () => {
    const { toolkit } = machine
    const env = { BACKUPS_DIR: join(toolkit.home, 'link, "to"') }
    await symlink(toolkit.backupsDir, env.BACKUPS_DIR)
    const list = machine.start(['bash', '../scripts/run.sh', 'db_backup.ts', 'list', '--json'], { env })
    expect(JSON.parse(ok(await list.done).stdout).backups).toHaveLength(1)
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('%s stops a save, which cleans up', async signal => {
    const words = ['bash', '../scripts/run.sh', 'save.ts', '--max-rate', '1M']
    const { child, done } = machine.start(words)
    const seen = await whileSaving()
    // What the engine tells of the container that the save runs in: no socket and no secret.
    expect(seen.inspected).not.toContain('docker.sock')
    expect(seen.inspected).not.toContain('DOCKER_HOST')
    expect(seen.inspected).not.toContain('✓ #1')
    // As a terminal does it, and as make does it: to all, and to the first alone.
    process.kill(signal === 'SIGINT' ? -(child.pid ?? 0) : (child.pid ?? 0), signal)
    const { code, stderr } = await done
    expect([code, stderr]).toEqual([130, expect.stringContaining('Interrupted.')])
    expect(await machine.toolkit.remains()).toEqual([])
    expect(await machine.container()).toBeUndefined()
    expect(await machine.left()).toEqual([])
  })

  test('gives the engine’s socket to what starts containers', async () => {
    const { done } = machine.start(['bash', '../scripts/run.sh', 'database.ts', 'psql'], {
      input: 'SELECT pg_sleep(3)',
    })
    const { inspected } = await running()
    expect(inspected).toContain('.sock')
    expect(inspected).not.toContain('✓ #1')
    ok(await done)
  })

  /** The container of the command itself: before it there is a short one that asks what the command needs. */
  async function running() {
    for (let i = 0; i < 600; i++) {
      const found = await machine.container()
      if (found && !found.inspected.includes('runner/needs.ts')) return found
      await sleep(50)
    }
    throw new Error('There was no container.')
  }

  async function whileSaving() {
    const found = await running()
    for (let i = 0; i < 600 && (await machine.toolkit.remains()).length === 0; i++) await sleep(50)
    return found
  }
})

describe.skipIf(noEngine || !mayBecome)(
  `an ordinary user${noEngine ? whyNoEngine : ' (needs root, and a socket with a group)'}`,
  () => {
    beforeAll(async () => {
      await machine?.dispose()
      machine = await Machine.create(ordinary)
    })

    test('starts, saves and restores, and all files are theirs', async () => {
      ok(await machine.make('start'))
      await machine.toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
      ok(await machine.make('save', 'FORMAT=plain'))
      await machine.toolkit.sql('DELETE FROM t')
      ok(await machine.make('restore', 'BACKUP_DIR=latest', 'FORCE=1'))
      expect(await rows()).toBe(1000)
      expect(await owners(machine.toolkit.backupsDir)).toEqual([machine.owner])
      expect((await stat(join(machine.toolkit.home, 'mnt/db'))).uid).toBe(machine.owner)
      expect((await stat(machine.toolkit.dataDir)).uid).not.toBe(machine.owner)
      expect(await machine.left()).toEqual([])
    })
  },
)
