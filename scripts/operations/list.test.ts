import { mkdir, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Backup, openBackup, writeVerified } from '../catalog/catalog.ts'
import { backupFolder } from '../test/helpers/samples.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { listedBackups } from './list.ts'

const now = new Date('2026-02-01T12:00:00.400Z')

test('a row for each backup, newest first', async () => {
  const folder = await tempFolder()
  const ours = await backupFolder(folder)
  const foreign = join(folder, 'from elsewhere')
  await mkdir(foreign)
  await writeFile(join(foreign, 'base.tar'), '123')
  await utimes(join(foreign, 'base.tar'), new Date(0), new Date('2026-01-01T00:00:00Z'))
  expect(await listedBackups(folder, now)).toEqual([
    {
      id: ours.id,
      kind: 'physical',
      type: 'full',
      format: 'tar',
      database_name: null,
      label: 'before the upgrade',
      at: '2026-01-31T12:00:00.000Z',
      age_seconds: 86400,
      backup_size_bytes: 12,
      cluster_size_bytes: 26403907,
      postgresql_version: '17.11',
      timescaledb_version: '2.19.3',
      verified: { at: '2026-01-31T12:00:03.000Z', level: 'contents', result: 'ok' },
      damage: null,
      folder: ours.folder,
      foreign: false,
    },
    {
      id: 'from elsewhere',
      kind: 'physical',
      type: 'full',
      format: 'tar',
      database_name: null,
      label: null,
      at: '2026-01-01T00:00:00.000Z',
      age_seconds: 31 * 86400 + 43200,
      backup_size_bytes: 3,
      cluster_size_bytes: null,
      postgresql_version: null,
      timescaledb_version: null,
      verified: null,
      damage: null,
      folder: foreign,
      foreign: true,
    },
  ])
})

test('what was found last counts, without its problems', async () => {
  const folder = await tempFolder()
  const verified = { at: '2026-02-01T00:00:00.000Z', level: 'deep', result: 'failed' } as const
  await writeVerified((await openBackup((await backupFolder(folder)).folder)) as Backup, {
    ...verified,
    problems: ['base.tar.zst: missing'],
  })
  expect(await listedBackups(folder, now)).toMatchObject([{ verified }])
  expect((await listedBackups(folder, now))[0]?.verified).toEqual(verified)
})

test('a damaged one says how, and is not somebody else’s', async () => {
  const folder = await tempFolder()
  await unlink(join((await backupFolder(folder)).folder, 'metadata.json'))
  expect(await listedBackups(folder, now)).toMatchObject([
    { damage: 'its metadata.json is missing', foreign: false, verified: null },
  ])
})

test('a clock that goes back makes no negative age', async () => {
  const folder = await tempFolder()
  await backupFolder(folder, '2026-02-01T13:00:00.000Z')
  expect(await listedBackups(folder, now)).toMatchObject([{ age_seconds: 0 }])
})

test('nothing where there is nothing', async () => {
  expect(await listedBackups(join(await tempFolder(), 'none'), now)).toEqual([])
})
