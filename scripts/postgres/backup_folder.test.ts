import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import {
  type Archive,
  isOutsideManifest,
  manifestPathOf,
  readBackupFolder,
  unsafeEntry,
} from './backup_folder.ts'

async function folderWith(...names: string[]): Promise<string> {
  const folder = await tempFolder()
  for (const name of names) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), name)
  }
  return folder
}

describe('what pg_basebackup left', () => {
  test('in tar format', async () => {
    const folder = await folderWith(
      'pg_wal.tar',
      'base.tar.zst',
      '16400.tar.zst',
      'backup_manifest',
      'metadata.json',
      'notes.tar.txt',
    )
    const archive = (name: string, role: Archive['role'], oid?: string): Archive => ({
      name,
      path: join(folder, name),
      bytes: name.length,
      role,
      ...(oid && { oid }),
    })
    expect(await readBackupFolder(folder)).toEqual({
      folder,
      format: 'tar',
      archives: [
        archive('16400.tar.zst', 'tablespace', '16400'),
        archive('base.tar.zst', 'base'),
        archive('pg_wal.tar', 'wal'),
      ],
      manifestPath: join(folder, 'backup_manifest'),
    })
  })

  test('unpacked, as a data directory', async () => {
    const folder = await folderWith('PG_VERSION', 'backup_manifest')
    const manifestPath = join(folder, 'backup_manifest')
    expect(await readBackupFolder(folder)).toEqual({
      folder,
      format: 'plain',
      dataFolder: folder,
      archives: [],
      manifestPath,
    })
  })

  test('unpacked by us, in a folder of its own', async () => {
    const folder = await folderWith('data/PG_VERSION', 'metadata.json')
    const dataFolder = join(folder, 'data')
    expect(await readBackupFolder(folder)).toEqual({ folder, format: 'plain', dataFolder, archives: [] })
  })

  test.each<[string, string[]]>([
    ['nothing', []],
    ['no base', ['pg_wal.tar', '16400.tar', 'backup_manifest']],
    [
      'a name that only resembles one',
      ['base.tar.bz2', 'database.tar', 'base.tar.zst.partial', 'base.tar.age'],
    ],
  ])('is no backup: %s', async (_, names) => {
    expect(await readBackupFolder(await folderWith(...names))).toBeUndefined()
  })

  test('nor is what is not there, or not a folder', async () => {
    expect(await readBackupFolder('/nonexistent')).toBeUndefined()
    expect(await readBackupFolder(join(await folderWith('file'), 'file'))).toBeUndefined()
  })
})

test.each<[Pick<Archive, 'role' | 'oid'>, string, string]>([
  [{ role: 'base' }, 'base/1/1259', 'base/1/1259'],
  [{ role: 'base' }, './base/1/1259', 'base/1/1259'],
  [{ role: 'tablespace', oid: '16400' }, 'PG_17_202406281/5/1', 'pg_tblspc/16400/PG_17_202406281/5/1'],
  [{ role: 'tablespace', oid: '16400' }, './PG_17_202406281/5/1', 'pg_tblspc/16400/PG_17_202406281/5/1'],
])('the manifest knows %j %s as %s', (archive, entry, path) =>
  expect(manifestPathOf(archive, entry)).toBe(path),
)

test.each([
  ['pg_wal/000000010000000000000001', true],
  ['backup_manifest', true],
  ['postgresql.auto.conf', true],
  ['standby.signal', true],
  ['recovery.signal', true],
  ['postgresql.conf', false],
  ['pg_walx/1', false],
  ['base/backup_manifest', false],
  ['backup_manifest.old', false],
  ['base/pg_wal/1', false],
])('%s is outside the manifest: %s', (path, outside) => expect(isOutsideManifest(path)).toBe(outside))

describe('an entry of an archive', () => {
  test.each([
    ['base/1/1259', 'File'],
    ['./base', 'Directory'],
    ['base/..hidden', 'File'],
    ['base/a..b/c', 'OldFile'],
    ['...', 'ContiguousFile'],
    ['a:b', 'File'],
  ])('%s (%s) may be unpacked', (path, type) => expect(unsafeEntry(path, type)).toBeUndefined())

  test.each([
    ['/etc/passwd', 'File', 'its path is absolute'],
    ['//x', 'File', 'its path is absolute'],
    ['C:/x', 'File', 'its path is absolute'],
    ['..', 'Directory', 'its path leaves the target'],
    ['../x', 'File', 'its path leaves the target'],
    ['base/../../x', 'File', 'its path leaves the target'],
    ['base/..', 'Directory', 'its path leaves the target'],
    ['pg_tblspc/16400', 'SymbolicLink', 'it is a SymbolicLink, not a file or a folder'],
    ['base/1', 'Link', 'it is a Link, not a file or a folder'],
    ['dev', 'CharacterDevice', 'it is a CharacterDevice, not a file or a folder'],
    ['pipe', 'FIFO', 'it is a FIFO, not a file or a folder'],
  ])('%s (%s) may not', (path, type, why) => expect(unsafeEntry(path, type)).toBe(why))
})
