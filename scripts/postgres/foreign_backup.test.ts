import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { chooseRuntime } from '../runtime/choose.ts'
import { type TarEntry, tarOf } from '../test/helpers/tar_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readBackupFolder } from './backup_folder.ts'
import { formatTablespaceMap, parseTablespaceMap, plainMajor, readForeignTar } from './foreign_backup.ts'

const place = { runtime: chooseRuntime({ runtime: 'auto' }), image: 'none is needed' }

async function read(archives: Record<string, Buffer>) {
  const folder = await tempFolder()
  for (const [name, content] of Object.entries(archives)) await writeFile(join(folder, name), content)
  const backup = await readBackupFolder(folder)
  if (backup === undefined) throw new Error('no backup')
  return readForeignTar(backup, place)
}

const base: TarEntry[] = [
  { path: 'backup_label', content: 'START WAL LOCATION: 0/2000028' },
  { path: 'tablespace_map', content: '16400 /ssd/a\n' },
  { path: 'PG_VERSION', content: '16\n' },
  { path: 'base/', type: '5' },
  { path: 'base/1/', type: '5' },
  { path: 'base/1/1259', content: Buffer.alloc(20_000, 'x') },
  { path: 'base/1/PG_VERSION', content: '99\n' },
]

describe('somebody else’s archives', () => {
  test('say what they are', async () => {
    const archives = {
      'base.tar.gz': gzipSync(tarOf(base)),
      'pg_wal.tar': tarOf([{ path: '000000010000000000000002', content: 'wal' }]),
      '16400.tar': tarOf([
        { path: 'PG_16_1/', type: '5' },
        { path: 'PG_16_1/1', content: '12345' },
        { path: 'PG_VERSION', content: '1' },
      ]),
    }
    expect(await read(archives)).toEqual({
      major: 16,
      totalBytes: 29 + 13 + 3 + 20_000 + 3 + 3 + 5 + 1,
      files: 8,
      hasLabel: true,
      tablespaces: [{ oid: '16400', location: '/ssd/a' }],
    })
  })

  test('of some programs begin every name with ./', async () => {
    const dotted = base.map(entry => ({ ...entry, path: `./${entry.path}` }))
    expect(await read({ 'base.tar': tarOf([{ path: './', type: '5' }, ...dotted]) })).toMatchObject({
      major: 16,
      hasLabel: true,
      tablespaces: [{ oid: '16400' }],
    })
  })

  test('without a label have none', async () => {
    expect(await read({ 'base.tar': tarOf(base.slice(2)) })).toMatchObject({
      hasLabel: false,
      tablespaces: [],
    })
  })

  test.each<[string, TarEntry, string]>([
    ['an absolute path', { path: '/etc/cron.d/x', content: 'x' }, 'its path is absolute'],
    ['a path that leaves the target', { path: 'base/../../x', content: 'x' }, 'its path leaves the target'],
    ['a symbolic link', { path: 'pg_wal', type: '2', link: '/etc' }, 'it is a SymbolicLink'],
    ['a hard link', { path: 'base/1/1', type: '1', link: 'PG_VERSION' }, 'it is a Link'],
    ['a device', { path: 'base/sda', type: '4' }, 'it is a BlockDevice'],
    [
      'a label that is a link',
      { path: 'backup_label', type: '2', link: '/etc/passwd' },
      'it is a SymbolicLink',
    ],
  ])('with %s are refused', async (_, entry, why) => {
    const archives = { 'base.tar': tarOf([...base, entry, { path: 'after', content: 'x' }]) }
    await expect(read(archives)).rejects.toMatchObject({
      kind: 'verification',
      message: `base.tar holds an entry that is refused: ${entry.path}`,
      why: expect.stringContaining(why),
    })
  })
})

test('the major version of an unpacked backup', async () => {
  const folder = await tempFolder()
  await writeFile(join(folder, 'PG_VERSION'), '15\n')
  expect(await plainMajor(folder)).toBe(15)
})

describe('tablespace_map', () => {
  test.each<[string, { oid: string; location: string }[]]>([
    ['', []],
    ['16400 /ssd/a b\n', [{ oid: '16400', location: '/ssd/a b' }]],
    [
      '16400 /a\n16401 /b',
      [
        { oid: '16400', location: '/a' },
        { oid: '16401', location: '/b' },
      ],
    ],
    // Written by PostgreSQL 17 for a folder with a line end in its name.
    ['16394 /tmp/new\\\nline\n', [{ oid: '16394', location: '/tmp/new\nline' }]],
    ['16400 /back\\\\slash\n', [{ oid: '16400', location: '/back\\slash' }]],
    ['16400 /a\\\n16401 /b\n', [{ oid: '16400', location: '/a\n16401 /b' }]],
    ['no line\n', []],
  ])('%j', (text, tablespaces) => expect(parseTablespaceMap(text)).toEqual(tablespaces))

  test('reads back whatever a path holds', () => {
    const pieces = ['/a', ' ', '\\', '\n', '\r', '=', ',', '"', "'", '16401 /b', 'ü', '\u2028', '#', '\\n']
    const locations = pieces.flatMap(first =>
      pieces.flatMap(second => pieces.map(third => `/${first}${second}${third}`)),
    )
    const tablespaces = locations.map((location, i) => ({ oid: String(16400 + i), location }))
    expect(tablespaces).toHaveLength(pieces.length ** 3)
    expect(parseTablespaceMap(formatTablespaceMap(tablespaces))).toEqual(tablespaces)
  })
})
