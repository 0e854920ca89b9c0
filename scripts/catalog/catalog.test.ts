import { mkdir, rm, symlink, unlink, utimes, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { backupFolder } from '../test/helpers/samples.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { type Backup, findBackup, listBackups, openBackup, writeVerified } from './catalog.ts'

const ids = async (folder: string) => (await listBackups(folder)).map(b => b.id)
const at = (path: string, moment: string) => utimes(path, new Date(moment), new Date(moment))

/** What pg_basebackup itself leaves. */
async function foreign(parent: string, name: string, moment = '2026-01-15T00:00:00Z'): Promise<string> {
  const folder = join(parent, name)
  await mkdir(folder)
  await writeFile(join(folder, 'base.tar.gz'), '123')
  await at(join(folder, 'base.tar.gz'), moment)
  return folder
}

describe('the list', () => {
  test('is empty where there is no folder', async () => {
    expect(await listBackups(join(await tempFolder(), 'none'))).toEqual([])
  })

  test('has ours and others, newest first, and nothing else', async () => {
    const folder = await tempFolder()
    await backupFolder(folder, '2026-01-10T00:00:00.000Z')
    await backupFolder(folder, '2026-01-20T00:00:00.000Z')
    await foreign(folder, 'from elsewhere')
    await foreign(folder, 'cluster_backup_20260201_000000.partial')
    await foreign(folder, '.wal-x')
    await mkdir(join(folder, 'no backup'))
    await writeFile(join(folder, 'history.jsonl'), '')
    await writeFile(join(folder, '.lock'), '')
    expect(await ids(folder)).toEqual([
      'cluster_backup_20260120_000000',
      'from elsewhere',
      'cluster_backup_20260110_000000',
    ])
  })

  test('what is not a folder has no backups, and that is an error', async () => {
    const file = join(await tempFolder(), 'file')
    await writeFile(file, '')
    await expect(listBackups(file)).rejects.toMatchObject({ kind: 'prerequisite' })
  })

  test('a link that leads nowhere does not look like a folder without backups', async () => {
    const folder = await tempFolder()
    for (const [name, to] of [
      ['dangling', 'nothing'],
      ['loop', 'loop'],
    ] as const) {
      await symlink(to, join(folder, name))
      const refused = listBackups(join(folder, name))
      await expect(refused).rejects.toMatchObject({ kind: 'prerequisite' })
      await expect(refused).rejects.toThrow('is a link that leads to no folder')
    }
  })

  test('has a backup once, however many links beside it lead to it', async () => {
    const folder = await tempFolder()
    const { id } = await backupFolder(folder)
    await symlink(id, join(folder, 'newest'))
    await symlink('nothing', join(folder, 'dangling'))
    expect((await listBackups(folder)).map(backup => backup.id)).toEqual([id])
    expect((await findBackup(folder, 'newest')).id).toBe(id)
  })
})

describe('one backup', () => {
  test('of ours: what its metadata says', async () => {
    const { id, folder } = await backupFolder(await tempFolder())
    expect(await openBackup(folder)).toMatchObject({
      id,
      bytes: 12,
      at: new Date('2026-01-31T12:00:00.000Z'),
      metadata: { id, label: 'before the upgrade' },
      contents: { format: 'tar', archives: [{ name: 'base.tar.zst' }, { name: 'pg_wal.tar' }] },
    })
    expect(await openBackup(folder)).not.toHaveProperty('damage')
  })

  test('of somebody else: the size of its archives, and when they were written', async () => {
    const folder = await foreign(await tempFolder(), 'x')
    const backup = await openBackup(folder)
    expect(backup).toMatchObject({ id: 'x', bytes: 3, at: new Date('2026-01-15T00:00:00Z') })
    expect(backup).not.toHaveProperty('metadata')
    expect(backup).not.toHaveProperty('damage')
  })

  test('what was learned later is read, and nonsense is nothing learned', async () => {
    const { folder } = await backupFolder(await tempFolder())
    const verified = {
      at: '2026-02-01T00:00:00.000Z',
      level: 'deep',
      result: 'failed',
      problems: ['x'],
    } as const
    await writeVerified((await openBackup(folder)) as Backup, { ...verified, problems: ['x'] })
    expect((await openBackup(folder))?.verified).toEqual(verified)
    for (const text of ['{"at": ', 'null', '5', '{"at": 5, "result": "ok"}']) {
      await writeFile(join(folder, 'verified.json'), text)
      expect(await openBackup(folder)).not.toHaveProperty('verified')
    }
  })

  test.each<[string, (folder: string) => Promise<unknown>, string]>([
    ['metadata.json is gone', f => unlink(join(f, 'metadata.json')), 'its metadata.json is missing'],
    [
      'metadata.json was edited',
      async f => writeFile(join(f, 'metadata.json'), '{"schema_version": 1, "metadata_sha256": "x"}'),
      'its metadata.json cannot be trusted: its digest does not match: it was changed after the backup was made',
    ],
    ['the base archive is gone', f => unlink(join(f, 'base.tar.zst')), 'its base archive is missing'],
  ])('is damaged where %s', async (_, harm, damage) => {
    const { folder } = await backupFolder(await tempFolder())
    await harm(folder)
    expect(await openBackup(folder)).toMatchObject({ damage })
  })

  test('that lost its archives keeps its place in the list', async () => {
    const folder = await tempFolder()
    const old = await backupFolder(folder, '2026-01-10T00:00:00.000Z')
    const { id } = await backupFolder(folder, '2026-01-20T00:00:00.000Z')
    await unlink(join(old.folder, 'base.tar.zst'))
    expect(await ids(folder)).toEqual([id, old.id])
    expect((await findBackup(folder, 'latest')).id).toBe(id)
  })
})

describe('the backup that a person means', () => {
  async function three(): Promise<string> {
    const folder = await tempFolder()
    await backupFolder(folder, '2026-01-10T08:00:00.000Z')
    await backupFolder(folder, '2026-01-10T09:00:00.000Z')
    await backupFolder(folder, '2026-01-20T08:00:00.000Z')
    return folder
  }

  test.each([
    ['latest', 'cluster_backup_20260120_080000'],
    ['cluster_backup_20260110_080000', 'cluster_backup_20260110_080000'],
    ['cluster_backup_20260120', 'cluster_backup_20260120_080000'],
    ['20260120', 'cluster_backup_20260120_080000'],
    ['20260110_09', 'cluster_backup_20260110_090000'],
  ])('%s', async (name, id) => expect((await findBackup(await three(), name)).id).toBe(id))

  test.each([
    ['20260110', /“20260110” fits 2 backups/],
    ['cluster', /fits 3 backups/],
    ['2025', /There is no backup “2025”/],
    ['60120', /There is no backup “60120”/],
    ['', /There is no backup “”/],
  ])('%j is no one backup', async (name, message) => {
    await expect(findBackup(await three(), name)).rejects.toMatchObject({
      kind: 'usage',
      message: expect.stringMatching(message),
    })
  })

  test('the candidates are named', async () => {
    await expect(findBackup(await three(), '20260110')).rejects.toMatchObject({
      why: 'cluster_backup_20260110_090000\ncluster_backup_20260110_080000',
    })
  })

  test('the latest is never a damaged one', async () => {
    const folder = await three()
    await unlink(join(folder, 'cluster_backup_20260120_080000', 'metadata.json'))
    expect((await findBackup(folder, 'latest')).id).toBe('cluster_backup_20260110_090000')
    await expect(findBackup(folder, 'x')).rejects.toMatchObject({
      hint: 'make list shows them; the latest is cluster_backup_20260110_090000.',
    })
    expect((await findBackup(folder, 'cluster_backup_20260120_080000')).damage).toBeDefined()
  })

  test('where there is none, the hint is to make one', async () => {
    const folder = await tempFolder()
    await expect(findBackup(folder, 'latest')).rejects.toMatchObject({
      kind: 'usage',
      hint: 'make save makes one.',
    })
  })

  test('a folder anywhere', async () => {
    const folder = await foreign(await tempFolder(), 'on a disk')
    expect((await findBackup('/nonexistent', folder)).id).toBe(basename(folder))
    await rm(join(folder, 'base.tar.gz'))
    await expect(findBackup('/nonexistent', folder)).rejects.toMatchObject({
      kind: 'usage',
      message: `There is no backup in ${folder}.`,
    })
  })

  test('a folder of backups is not one, and says how many it holds', async () => {
    await expect(findBackup('/nonexistent', await three())).rejects.toMatchObject({
      hint: 'It holds 3 backups: name one of them.',
    })
  })
})
