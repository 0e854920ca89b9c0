import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { chooseRuntime } from '../runtime/choose.ts'
import { type ManifestLine, manifestOf } from '../test/helpers/manifest_file.ts'
import { type TarEntry, tarOf } from '../test/helpers/tar_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readBackupFolder } from './backup_folder.ts'
import { checksumOf, compareListings, readContents } from './contents.ts'
import { readManifest } from './manifest.ts'

const place = { runtime: chooseRuntime({ runtime: 'auto' }), image: 'none is needed' }
const segmentBytes = 1024 * 1024
const segment = { path: '000000010000000000000020', content: Buffer.alloc(segmentBytes) }
const range = [{ timeline: 1, start: '0/2000028', end: '0/2000120' }]
const latin1 = Buffer.from('latin1-\xe9', 'latin1')

/** What is in the files of a backup, by the paths of its manifest. */
const listed: ManifestLine[] = [
  { path: 'PG_VERSION', content: '17\n' },
  { path: 'base/1/1259', content: 'a page' },
  { path: latin1, content: 'odd' },
  { path: 'pg_tblspc/16400/PG_17_1/5/1', content: 'on the ssd' },
]
const base: TarEntry[] = [
  { path: 'PG_VERSION', content: '17\n' },
  { path: 'base/1/', type: '5' },
  { path: 'base/1/1259', content: 'a page' },
  { path: latin1, content: 'odd' },
  { path: 'backup_manifest', content: 'what is outside the manifest' },
]
const tablespace: TarEntry[] = [{ path: 'PG_17_1/5/1', content: 'on the ssd' }]

type Changes = { base?: TarEntry[]; wal?: TarEntry[]; tablespace?: TarEntry[]; manifest?: string }

async function problemsOf(changes: Changes, hashed = true): Promise<string[]> {
  const folder = await tempFolder()
  await writeFile(join(folder, 'base.tar'), tarOf(changes.base ?? base))
  await writeFile(join(folder, 'pg_wal.tar'), tarOf(changes.wal ?? [segment]))
  await writeFile(join(folder, '16400.tar'), tarOf(changes.tablespace ?? tablespace))
  await writeFile(join(folder, 'backup_manifest'), changes.manifest ?? manifestOf(listed, range))
  return compare(folder, hashed)
}

async function compare(folder: string, hashed = true): Promise<string[]> {
  const backup = await readBackupFolder(folder)
  if (backup?.manifestPath === undefined) throw new Error('no backup')
  const manifest = await readManifest(backup.manifestPath)
  const listings = await readContents(backup, { place, checksum: hashed ? checksumOf(manifest) : undefined })
  return compareListings(listings, manifest, segmentBytes)
}

describe('what would take for ever or all memory', () => {
  test('WAL as long as there can be: the first missing segments are named', async () => {
    const endless = [{ timeline: 1, start: '0/0', end: 'FFFFFFFF/FFFFFFFF' }]
    const problems = await problemsOf({ manifest: manifestOf(listed, endless) })
    expect(problems).toHaveLength(21)
    expect(problems[0]).toMatch(/^pg_wal\/000000010000000000000000: missing/)
  })
})

describe('names that are not UTF-8 and read the same', () => {
  const [one, two] = ['\xe8', '\xe9'].map(name => Buffer.from(name, 'latin1'))
  const pair = [
    { path: one ?? '', content: 'one' },
    { path: two ?? '', content: 'of two' },
  ]
  const manifest = manifestOf([...listed, ...pair], range)
  test.each([
    ['both there', [...base, ...pair], []],
    ['in another order', [...pair.toReversed(), ...base], []],
    ['one is missing', [...base, ...pair.slice(1)], ['\ufffd: missing']],
  ])('%s', async (_, entries, problems) => {
    expect(await problemsOf({ manifest, base: entries })).toEqual(problems)
  })
})

describe('a backup in tar format', () => {
  test('that is what its manifest says', async () => expect(await problemsOf({})).toEqual([]))

  test.each<[string, Changes, string[]]>([
    ['a file is missing', { base: base.toSpliced(2, 1) }, ['base/1/1259: missing']],
    ['a file is there twice', { base: [...base, ...base.slice(0, 1)] }, ['PG_VERSION: there twice']],
    [
      'an entry of a kind that tar unpacks and the parser does not know',
      { base: [...base, { path: 'sparse', type: 'S' }] },
      ['base.tar: entry “sparse” is refused: it is a SparseFile, not a file or a folder'],
    ],
    [
      'a tablespace is empty',
      { tablespace: [{ path: 'PG_17_1/', type: '5' }] },
      ['pg_tblspc/16400/PG_17_1/5/1: missing'],
    ],
    [
      'a file too many',
      { base: [...base, { path: 'evil.so', content: 'x' }] },
      ['evil.so: not in the manifest, so it does not belong here'],
    ],
    [
      'another size',
      { base: base.with(2, { path: 'base/1/1259', content: 'pages' }) },
      ['base/1/1259: 5 bytes, the manifest says 6'],
    ],
    [
      'other bytes',
      { base: base.with(2, { path: 'base/1/1259', content: 'A page' }) },
      ['base/1/1259: its checksum does not match the manifest'],
    ],
    [
      'a link',
      { base: [...base, { path: 'base/1/1260', type: '2', link: '/etc/passwd' }] },
      ['base.tar: entry “base/1/1260” is refused: it is a SymbolicLink, not a file or a folder'],
    ],
    [
      'no WAL',
      { wal: [{ path: 'archive_status/', type: '5' }] },
      ['pg_wal/000000010000000000000020: missing; the backup cannot become consistent without it'],
    ],
    [
      'half a segment of WAL',
      { wal: [{ ...segment, content: Buffer.alloc(segmentBytes / 2) }] },
      ['pg_wal/000000010000000000000020: 524288 bytes instead of 1048576'],
    ],
    ['more WAL is no problem', { wal: [segment, { path: 'archive_status/x.done' }] }, []],
  ])('%s', async (_, changes, problems) => expect(await problemsOf(changes)).toEqual(problems))

  test('other bytes of the same size are seen by their checksum only', async () => {
    const changed = { base: base.with(2, { path: 'base/1/1259', content: 'A page' }) }
    expect(await problemsOf(changed, false)).toEqual([])
  })

  test('that has nothing right does not fill the screen', async () => {
    const many = Array.from({ length: 50 }, (_, i) => ({ path: `base/1/${i}`, content: 'x' }))
    const problems = await problemsOf({ manifest: manifestOf([...listed, ...many], range) })
    expect(problems).toHaveLength(21)
    expect(problems.at(-1)).toBe('… and 30 more')
  })
})

describe('an unpacked backup', () => {
  async function unpacked(): Promise<string> {
    const folder = await tempFolder()
    const ssd = join(await tempFolder(), 'ssd')
    const files: Record<string, string | Buffer> = {
      [join(folder, 'PG_VERSION')]: '17\n',
      [join(folder, 'base/1/1259')]: 'a page',
      [join(folder, 'pg_wal', segment.path)]: segment.content,
      [join(folder, 'metadata.json')]: '{}',
      [join(folder, 'backup_manifest')]: manifestOf(listed.toSpliced(2, 1), range),
      [join(ssd, 'PG_17_1/5/1')]: 'on the ssd',
    }
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, content)
    }
    await mkdir(join(folder, 'pg_tblspc'))
    await symlink(ssd, join(folder, 'pg_tblspc/16400'))
    return folder
  }

  test('that is what its manifest says, its tablespaces behind their links', async () => {
    expect(await compare(await unpacked())).toEqual([])
  })

  test('with a file too many, one changed, and a link that leads elsewhere', async () => {
    const folder = await unpacked()
    await writeFile(join(folder, 'base/1/1259'), 'A page')
    await writeFile(join(folder, 'evil.so'), '')
    await symlink('/etc', join(folder, 'base/etc'))
    expect((await compare(folder)).sort()).toEqual([
      'base/1/1259: its checksum does not match the manifest',
      'base/etc: neither a file nor a folder',
      'evil.so: not in the manifest, so it does not belong here',
    ])
  })
})

test.each([
  // Of the three bytes “abc”; CRC-32C as PostgreSQL writes it, lowest byte first.
  ['SHA224', '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7'],
  ['SHA256', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['CRC32C', 'b73f4b36'],
  ['NONE', undefined],
])('checksums of the kind %s', (algorithm, hex) => {
  const files = new Map([['PG_VERSION', { bytes: 3, algorithm, checksum: '' }]])
  const checksum = checksumOf({ files, totalBytes: 3, walRanges: [], systemIdentifier: undefined })?.()
  checksum?.update(Buffer.from('ab'))
  checksum?.update(Buffer.from('c'))
  expect(checksum?.hex()).toBe(hex)
})
