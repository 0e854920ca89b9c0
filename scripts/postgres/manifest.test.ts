import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type ManifestLine, manifestOf, sealed } from '../test/helpers/manifest_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readManifest } from './manifest.ts'

async function read(text: string | Buffer) {
  const path = join(await tempFolder(), 'backup_manifest')
  await writeFile(path, text)
  return readManifest(path)
}

const files: ManifestLine[] = [
  { path: 'PG_VERSION', content: '17\n' },
  { path: 'base/1/1259', content: 'x'.repeat(8192) },
  { path: 'pg_tblspc/16400/PG_17_202406281/5/16401', content: '' },
]

describe('backup_manifest', () => {
  test('says what is in the backup', async () => {
    const manifest = await read(manifestOf(files))
    expect([...manifest.files.keys()]).toEqual(files.map(f => f.path))
    expect(manifest.files.get('PG_VERSION')).toEqual({
      bytes: 3,
      algorithm: 'SHA256',
      checksum: '54183f4323f377b737433a1e98229ead0fdc686f93bab057ecb612daa94002b5',
    })
    expect(manifest.totalBytes).toBe(8195)
    expect(manifest.walRanges).toEqual([{ timeline: 1, startLsn: '0/2000028', endLsn: '0/2000120' }])
  })

  test('keeps every digit of the system identifier', async () => {
    expect((await read(manifestOf(files))).systemIdentifier).toBe('7710334250025844775')
  })

  test('of two timelines has two ranges', async () => {
    const ranges = [
      { timeline: 2, start: '0/3000000', end: '0/4000000' },
      { timeline: 1, start: '0/2000028', end: '0/3000000' },
    ]
    expect((await read(manifestOf(files, ranges))).walRanges).toEqual([
      { timeline: 2, startLsn: '0/3000000', endLsn: '0/4000000' },
      { timeline: 1, startLsn: '0/2000028', endLsn: '0/3000000' },
    ])
  })

  test('of PostgreSQL 16 has no system identifier, and need not have checksums', async () => {
    const text = manifestOf(files)
      .replace('Version": 2', 'Version": 1')
      .replace(/"System-Identifier".*\n/, '')
      .replaceAll(/, "Checksum-Algorithm": "SHA256", "Checksum": "[0-9a-f]+"/g, '')
    const manifest = await read(sealed(text))
    expect(manifest.systemIdentifier).toBeUndefined()
    expect(manifest.files.get('PG_VERSION')).toEqual({ bytes: 3, algorithm: 'NONE', checksum: '' })
  })
})

describe('odd file names', () => {
  test.each([
    'a "quoted" \\name',
    'line\nend',
    'tab\t',
    'ünïcödé 😀',
    'separator\u2028here',
    '"Start-LSN"',
    '{ "Path"',
  ])('%j', async path => {
    expect([...(await read(manifestOf([{ path, content: '1' }]))).files.keys()]).toEqual([path])
  })

  test('one that is not UTF-8 reads as a listing shows it', async () => {
    const path = Buffer.from('latin1-\xe9', 'latin1')
    const manifest = await read(manifestOf([{ path, content: '12' }]))
    expect([...manifest.files.keys()]).toEqual(['latin1-\ufffd'])
    expect(manifest.totalBytes).toBe(2)
  })
})

describe('a manifest that no PostgreSQL wrote, however well it is sealed', () => {
  const text = manifestOf(files)
  test.each([
    ['a size below zero', text.replace('"Size": 3', '"Size": -3')],
    ['a size in words', text.replace('"Size": 3', '"Size": "3"')],
    ['a file without a name', text.replace('"PG_VERSION"', '""')],
    ['WAL that ends before it begins', text.replace('0/2000120', '0/1000000')],
    ['WAL of nowhere', text.replace('0/2000120', 'here')],
    ['a timeline that is none', text.replace('"Timeline": 1', '"Timeline": 1.5')],
  ])('%s', async (_, changed) => {
    await expect(read(sealed(changed))).rejects.toThrow('no PostgreSQL wrote it: ')
  })

  test('a line that never ends is not kept in memory', async () => {
    await expect(read(Buffer.alloc(3_000_000, 'x'))).rejects.toThrow('longer than any can be')
  })
})

test('two names that are not UTF-8 and read the same are two files', async () => {
  const names = ['\xe8', '\xe9'].map(name => Buffer.from(name, 'latin1'))
  const manifest = await read(manifestOf(names.map(path => ({ path, content: '12' }))))
  expect(manifest.files.size).toBe(2)
})

describe('a manifest that is not whole', () => {
  const text = manifestOf(files)
  const lines = text.split('\n')

  test.each(lines.slice(0, -1).map((_, i) => i))('cut off before line %d', async count => {
    await expect(read(lines.slice(0, count).join('\n'))).rejects.toThrow(
      'it is cut off: its own checksum is missing',
    )
  })

  test('cut off in the middle of its checksum', async () => {
    await expect(read(text.slice(0, -10))).rejects.toThrow('it is cut off')
  })

  test.each<[string, string]>([
    ['a size', text.replace('"Size": 3', '"Size": 4')],
    ['a name', text.replace('PG_VERSION', 'PG_VERSIOM')],
    ['a file less', lines.toSpliced(4, 1).join('\n')],
    ['a file more', lines.toSpliced(4, 0, lines[4] ?? '').join('\n')],
    ['a line behind its end', `${text}\n`],
    ['two checksums', text.replace(/("Manifest-Checksum.*\n)/, '$1$1')],
    ['another WAL range', text.replace('0/2000120', '0/2000121')],
    ['its checksum', text.replace(/[0-9a-f]{64}"\}\n$/, `${'0'.repeat(64)}"}\n`)],
  ])('with %s changed', async (_, changed) => {
    expect(changed).not.toBe(text)
    await expect(read(changed)).rejects.toThrow('its own checksum does not match: it was changed')
  })

  test('that is missing', async () => {
    await expect(readManifest('/nonexistent/backup_manifest')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
