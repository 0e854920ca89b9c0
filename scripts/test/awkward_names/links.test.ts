import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, realpath, rename, rm, symlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { noEngine } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Links where folders are expected: what they lead to is meant, and what leads nowhere is refused in words. */
let toolkit: Toolkit
let saved: string
const path = (...names: string[]): string => join(toolkit.home, ...names)

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  saved = await toolkit.save()
  await mkdir(path('elsewhere'))
  await cp(toolkit.backup(saved), path('elsewhere', 'copy'), { recursive: true })
  await symlink(toolkit.backup(saved), path('to-backup'))
  await symlink(path('nothing'), path('dangling'))
  await symlink(path('loop'), path('loop'))
})
afterAll(() => toolkit.dispose())

const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)
const refusedWith = async (code: number, words: RegExp, script: string, ...args: string[]) => {
  const run = await toolkit.run(script, args)
  expect(outcome(run)).toMatch(ended(code))
  expect(run.stderr).toMatch(words)
}

describe('BACKUP_DIR', () => {
  test('that is a link to a backup is that backup', async () => {
    const [verified] = await toolkit.json('db_backup.ts', ['verify', path('to-backup'), '--deep'])
    expect(verified).toMatchObject({ id: saved, result: 'ok', notes: [] })
    await toolkit.sql('DELETE FROM t')
    await toolkit.ok('restore_docker.ts', [path('to-backup'), '--yes'])
    expect(await rows()).toBe(1000)
    expect((await toolkit.json('database.ts', ['start-restored'])).restored_from).toBe(saved)
  })

  test.each(['verify', 'delete'])(
    'that leads nowhere, round in a circle, or to a file: %s ends with 4',
    async verb => {
      await refusedWith(4, /leads to nothing/, 'db_backup.ts', verb, path('dangling'))
      await refusedWith(4, /leads to nothing/, 'db_backup.ts', verb, path('loop'))
      await refusedWith(4, /It is a file/, 'db_backup.ts', verb, join(toolkit.backup(saved), 'metadata.json'))
    },
  )

  test('the same of a restore', async () => {
    for (const name of ['dangling', 'loop'])
      await refusedWith(4, /leads to nothing/, 'restore_docker.ts', path(name), '--yes')
    expect(await rows()).toBe(1000)
  })

  test('a link beside the backups is found by its name, listed once, and does not pass for another backup', async () => {
    await symlink(toolkit.backup(saved), toolkit.backup('newest'))
    const { backups } = await toolkit.json('db_backup.ts', ['list'])
    expect(backups.map((b: { id: string }) => b.id)).toEqual([saved])
    const [verified] = await toolkit.json('db_backup.ts', ['verify', 'newest'])
    expect(verified).toMatchObject({ id: saved, result: 'ok' })
    await refusedWith(4, /stands for/, 'db_backup.ts', 'delete', 'newest', '--yes')
    await refusedWith(4, /It is the last good backup/, 'db_backup.ts', 'delete', 'newest')
    await rm(toolkit.backup('newest'))
  })

  test('a link to a backup elsewhere is listed, restored, and not deleted by half', async () => {
    await symlink(path('elsewhere', 'copy'), toolkit.backup('outside'))
    const { backups } = await toolkit.json('db_backup.ts', ['list'])
    expect(backups.map((b: { id: string }) => b.id).sort()).toEqual([saved, 'outside'])
    await refusedWith(4, /is a link to .*elsewhere/, 'db_backup.ts', 'delete', 'outside', '--yes')
    expect(await readdir(path('elsewhere', 'copy'))).toContain('metadata.json')
    await toolkit.sql('DELETE FROM t')
    await toolkit.ok('restore_docker.ts', ['outside', '--yes'])
    expect(await rows()).toBe(1000)
    await toolkit.ok('db_backup.ts', ['delete', path('elsewhere', 'copy'), '--yes'])
    expect(existsSync(path('elsewhere', 'copy'))).toBe(false)
    // The link that is left leads nowhere, and harms nothing.
    await toolkit.ok('db_backup.ts', ['list'])
    await rm(toolkit.backup('outside'))
  })

  test('archives that are links to another disk', async () => {
    await cp(toolkit.backup(saved), path('parts', saved), { recursive: true })
    await mkdir(path('disk'))
    for (const name of (await readdir(path('parts', saved))).filter(n => n !== 'metadata.json')) {
      await rename(path('parts', saved, name), path('disk', name))
      await symlink(path('disk', name), path('parts', saved, name))
    }
    const [verified] = await toolkit.json('db_backup.ts', ['verify', path('parts', saved), '--deep'])
    expect(verified).toMatchObject({ result: 'ok' })
    await toolkit.sql('DELETE FROM t')
    await toolkit.ok('restore_docker.ts', [path('parts', saved), '--yes'])
    expect(await rows()).toBe(1000)
    await rm(path('disk'), { recursive: true })
    await refusedWith(3, /missing/, 'restore_docker.ts', path('parts', saved), '--yes')
  })
})

describe('BACKUPS_DIR', () => {
  test('that is a link', async () => {
    await mkdir(path('disk2'))
    await symlink(path('disk2'), path('backups-link'))
    const env = { BACKUPS_DIR: path('backups-link') }
    const { metadata } = await toolkit.json('save.ts', [], { env })
    expect(await readdir(path('disk2'))).toContain(metadata.id)
    await toolkit.ok('restore_docker.ts', ['latest', '--yes'], { env })
    await toolkit.ok('db_backup.ts', ['delete', metadata.id, '--yes'], { env })
    expect(await readdir(path('disk2'))).not.toContain(metadata.id)
  })

  test.each(['dangling', 'loop'])(
    'that leads nowhere (%s): exit 5, and nothing looks like an empty folder',
    async name => {
      const folder = `--backups-dir=${path(name)}`
      await refusedWith(5, /is a link that leads to no folder/, 'db_backup.ts', 'list', folder)
      await refusedWith(5, /is a link that leads to no folder/, 'save.ts', folder)
      await refusedWith(5, /is a link that leads to no folder/, 'db_backup.ts', 'verify', folder)
    },
  )

  test('that is a file: exit 5', async () => {
    const folder = `--backups-dir=${join(toolkit.backup(saved), 'metadata.json')}`
    await refusedWith(5, /is not a folder/, 'db_backup.ts', 'list', folder)
  })
})

describe('DATA_DIR', () => {
  test('that is a link: a restore puts the data where it leads, and keeps the former there', async () => {
    await mkdir(path('big'))
    await toolkit.ok('database.ts', ['stop'])
    await rename(toolkit.dataDir, path('big', 'postgres'))
    await rename(`${toolkit.dataDir}.cluster.json`, path('big', 'postgres.cluster.json'))
    await symlink(path('big', 'postgres'), toolkit.dataDir)
    await toolkit.startDatabase()
    await toolkit.sql('DELETE FROM t')
    await toolkit.ok('restore_docker.ts', [saved, '--yes'])
    expect(await rows()).toBe(1000)
    expect(await realpath(toolkit.dataDir)).toBe(path('big', 'postgres'))
    expect(
      (await readdir(path('big'))).filter(name => /^postgres\.before-restore-\d+_\d+$/.test(name)),
    ).toHaveLength(1)
    await toolkit.ok('database.ts', ['discard-former', '--yes'])
    expect((await readdir(path('big'))).filter(name => name.includes('before-restore'))).toEqual([])
    expect(await rows()).toBe(1000)
  })

  test('two names of one data directory do not get two servers', async () => {
    const env = {
      DATA_DIR: path('big', 'postgres'),
      CONTAINER: `${toolkit.container}-b`,
      PGPORT: String(toolkit.port + 1),
    }
    const run = await toolkit.run('database.ts', ['start'], { env })
    // Without an engine a server is known by its data directory, so this is the one that runs.
    if (noEngine) {
      expect(outcome(run)).toMatch(ended(0))
      expect(run.stdout).toMatch(new RegExp(`is already running[\\s\\S]*port ${toolkit.port} `))
    } else {
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toContain(`The container ${toolkit.container} is running on`)
    }
    expect(await rows()).toBe(1000)
  })

  test('that leads nowhere: neither a new cluster nor a restore in its place', async () => {
    await toolkit.ok('database.ts', ['stop'])
    await rename(path('big'), path('unplugged'))
    await refusedWith(5, /is a link that leads to no folder/, 'database.ts', 'start')
    await refusedWith(5, /is a link that leads to no folder/, 'restore_docker.ts', saved, '--yes')
    expect(existsSync(path('big'))).toBe(false)
    await rename(path('unplugged'), path('big'))
    await toolkit.startDatabase()
    expect(await rows()).toBe(1000)
    expect(basename(await realpath(toolkit.dataDir))).toBe('postgres')
  })
})
