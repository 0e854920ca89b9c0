import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { metadata } from '../test/helpers/samples.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { sha256File } from './hash.ts'
import { checksumOf, openMetadata, type PhysicalMetadata, sealMetadata, type Unsigned } from './metadata.ts'

const sealed = sealMetadata(metadata)

/** The paths of everything in a document that is no object or list. */
const leaves = (value: unknown, path: string[] = []): string[][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
    : [path]

function edited(
  path: readonly string[],
  change: (holder: Record<string, unknown>, key: string) => void,
): string {
  const document = JSON.parse(sealed) as Record<string, unknown>
  const holder = path.slice(0, -1).reduce((at, key) => at[key] as Record<string, unknown>, document)
  change(holder, path.at(-1) ?? '')
  return JSON.stringify(document, null, 2)
}

describe('metadata.json', () => {
  test('reads back', () => {
    const { metadata_sha256, ...document } = openMetadata(sealed)
    expect(document).toEqual(metadata)
    expect(metadata_sha256).toMatch(/^[0-9a-f]{64}$/)
  })

  test.each<[string, object]>([
    ['a moment that is none', { started_at: 'yesterday' }],
    ['a size below zero', { backup_size_bytes: -1 }],
    ['a WAL segment of nothing', { wal_segment_bytes: 0 }],
    ['a WAL segment of no size there is', { wal_segment_bytes: 3 << 20 }],
    ['a file elsewhere', { files: [{ name: '../x', bytes: 1, sha256: '0'.repeat(64) }] }],
  ])('however well it is sealed, %s is refused', (_, changes) => {
    expect(() => openMetadata(sealMetadata({ ...metadata, ...changes }))).toThrow(/→ at/)
  })

  test.each(['null', '[]', '5', '"text"'])('%s is no description of a backup', text => {
    expect(() => openMetadata(text)).toThrow('it is no description of a backup')
  })

  test('what is absent stays absent', () => {
    const { image: _, image_id: __, ...server } = metadata.server
    const document = { ...metadata, label: null, server }
    expect(openMetadata(sealMetadata(document))).toMatchObject({ label: null, server })
  })

  test('may be formatted otherwise: its content counts', () => {
    expect(openMetadata(JSON.stringify(JSON.parse(sealed)))).toEqual(openMetadata(sealed))
  })

  const all = leaves(JSON.parse(sealed))
  test('has fields to edit', () => expect(all.length).toBeGreaterThan(40))

  test.each(all.map(path => [path.join('.'), path] as const))('notices that %s was changed', (_, path) => {
    const text = edited(path, (holder, key) => {
      const value = holder[key]
      holder[key] = typeof value === 'number' ? value + 1 : typeof value === 'boolean' ? !value : `${value}x`
    })
    expect(() => openMetadata(text)).toThrow()
  })

  test.each(all.map(path => [path.join('.'), path] as const))('notices that %s is gone', (_, path) => {
    expect(() => openMetadata(edited(path, (holder, key) => delete holder[key]))).toThrow(
      'digest does not match',
    )
  })

  test('notices what was added', () => {
    expect(() => openMetadata(sealed.replace('{', '{"more": 1,'))).toThrow('digest does not match')
  })

  test.each([0, 1, sealed.length / 2, sealed.length - 3])(
    'cut off after %d characters is refused',
    length => {
      expect(() => openMetadata(sealed.slice(0, length))).toThrow()
    },
  )

  test('of a newer toolkit says so, whatever else it holds', () => {
    const newer = edited(['schema_version'], holder => {
      holder.schema_version = 2
    })
    expect(() => openMetadata(newer)).toThrow('written by a newer version of the toolkit (schema 2)')
  })

  test.each<[string, object]>([
    ['an unknown kind', { kind: 'tape' }],
    ['a checksum that is none', { files: [{ name: 'base.tar', bytes: 1, sha256: 'x' }] }],
    ['bytes that are no number', { backup_size_bytes: '12' }],
    ['no timeline', { timeline: undefined }],
  ])('with a digest that fits, yet %s, is refused', (_, change) => {
    const text = sealMetadata({ ...metadata, ...change } as Unsigned<PhysicalMetadata>)
    expect(() => openMetadata(text)).toThrow(Object.keys(change)[0])
  })
})

describe('the checksum of a set of files', () => {
  test('is what sha256sum says of its own lines', async () => {
    const folder = await tempFolder()
    const names = ['pg_wal.tar', '16400.tar', 'base.tar.zst', 'backup_manifest']
    for (const name of names) await writeFile(join(folder, name), `content of ${name}`)
    const files = await Promise.all(
      names.map(async name => ({ name, sha256: await sha256File(join(folder, name)) })),
    )
    const script = 'sha256sum 16400.tar backup_manifest base.tar.zst pg_wal.tar | sha256sum'
    const expected = execFileSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' }).slice(0, 64)
    expect(checksumOf(files)).toBe(expected)
    expect(checksumOf(files.toReversed())).toBe(expected)
    expect(checksumOf(files.slice(1))).not.toBe(expected)
  })
})
