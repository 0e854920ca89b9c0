import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ToolkitError } from '../errors.ts'
import { dockerRuntime } from '../runtime/docker/docker.ts'
import { awkwardName, damaged, holds, property } from '../test/helpers/fuzz.ts'
import { manifestOf } from '../test/helpers/manifest_file.ts'
import { type TarEntry, tarOf } from '../test/helpers/tar_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { checksumOf, compareListings } from './contents.ts'
import { readForeignTar } from './foreign_backup.ts'
import { readThrough } from './listing.ts'
import { readManifest } from './manifest.ts'

const place = { runtime: dockerRuntime, image: 'not needed' }

/** Reads an archive as a save and a verification do: with the checksum of every file, compared with the manifest. */
async function bench() {
  const folder = await tempFolder()
  const archive = { name: 'base.tar', path: join(folder, 'base.tar'), role: 'base' as const, bytes: 0 }
  const manifestPath = join(folder, 'backup_manifest')
  const list = async (bytes: Uint8Array, manifestText: string) => {
    await Promise.all([writeFile(archive.path, bytes), writeFile(manifestPath, manifestText)])
    const manifest = await readManifest(manifestPath)
    const { listing, ...own } = await readThrough(archive, { place, checksum: checksumOf(manifest) })
    return { listing, problems: compareListings([listing], { ...manifest, walRanges: [] }, 16777216), own }
  }
  const readForeign = async (bytes: Uint8Array) => {
    await writeFile(archive.path, bytes)
    return readForeignTar({ folder, format: 'tar', archives: [archive] }, place)
  }
  return { list, readForeign }
}

const pathOf = fc
  .array(awkwardName, { minLength: 1, maxLength: 3 })
  .map(parts => parts.join('/'))
  .filter(path => Buffer.byteLength(path) < 99 && !/^[a-z]:\/|(^|\/)\.{1,2}(\/|$)|\/$/i.test(path))
const isOutside = /^(pg_wal\/|backup_manifest$|postgresql\.auto\.conf$|(standby|recovery)\.signal$)/
type File = { path: string; content: string }
const filesOf: fc.Arbitrary<File[]> = fc.uniqueArray(
  fc.record({ path: pathOf.filter(path => !isOutside.test(path)), content: fc.string({ maxLength: 1500 }) }),
  { minLength: 1, maxLength: 8, selector: file => file.path },
)

describe('a listing', () => {
  property('has what was put into the archive, and agrees with its manifest', async () => {
    const { list } = await bench()
    await holds(filesOf, async files => {
      const { listing, problems } = await list(tarOf(files), manifestOf(files))
      expect(listing.files.map(({ path, bytes }) => [path, bytes])).toEqual(
        files.map(({ path, content }) => [path, Buffer.byteLength(content)]),
      )
      expect([listing.refused, problems]).toEqual([[], []])
    })
  })

  property('names whatever is missing, changed, too many or there twice', async () => {
    const { list } = await bench()
    const change = fc.constantFrom('less', 'more', 'changed', 'twice', 'longer')
    await holds(fc.tuple(filesOf, change, pathOf), async ([files, kind, extra]) => {
      const [first = { path: '', content: '' }, ...rest] = files
      const other = (content: string) => [{ path: first.path, content }, ...rest]
      const changed = {
        less: rest,
        more: [...files, { path: `${extra}+`, content: '' }],
        changed: other(first.content.replace(/^[\s\S]?/, letter => (letter === 'a' ? 'b' : 'a'))),
        twice: [...files, first],
        longer: other(`${first.content}+`),
      }[kind]
      const { problems } = await list(tarOf([{ path: 'dir/', type: '5' }, ...changed]), manifestOf(files))
      expect(problems).not.toEqual([])
    })
  })
})

const sample: File[] = [
  { path: 'backup_label', content: 'START WAL LOCATION: 0/2000028\n' },
  { path: 'base/1/1259', content: 'page'.repeat(400) },
  { path: 'global/pg_control', content: 'control'.repeat(100) },
  { path: 'PG_VERSION', content: '17\n' },
]
const numeric = (type: string, field: Buffer, at = 124): TarEntry & { raw: [number, Buffer] } => ({
  path: 'x',
  type,
  content: 'data',
  raw: [at, field],
})
const base256 = (...bytes: number[]): Buffer => Buffer.from([...bytes, ...Array(12 - bytes.length).fill(0)])
const pax = (text: string): string => {
  let length = text.length + 3
  while (`${length} ${text}\n`.length !== length) length += 1
  return `${length} ${text}\n`
}
/** Headers that other programs write, that nobody writes, and that programs read differently. */
const odd: fc.Arbitrary<TarEntry & { raw?: [number, Buffer] }> = fc.oneof(
  fc.record({
    path: pathOf,
    type: fc.constantFrom(...'1234567SMVIADNXKLxg?'),
    content: fc.string(),
    link: fc.string({ maxLength: 90 }),
  }),
  fc.constantFrom(
    { path: '../up', content: 'x' },
    { path: '/abs', content: 'x' },
    { path: 'a/../b', content: 'x' },
    { path: 'l', type: 'L', content: `${'long/'.repeat(60)}name\0` },
    { path: 'l', type: 'L', content: '' },
    ...[
      'size=-1',
      'size=abc',
      'size=1e99',
      'size=7',
      'path=../up',
      'path=',
      'type=0',
      'GNU.sparse.name=y',
      'path=a\0b',
    ].flatMap(text => ['x', 'g'].map(type => ({ path: 'p', type, content: pax(text) }))),
    { path: 'p', type: 'x', content: '99 path=x' },
    numeric('0', Buffer.from('-0000000001\0')),
    numeric('0', Buffer.from('77777777777\0')),
    numeric('0', base256(0xff, 0xff)),
    numeric('0', base256(0x80, 0xff)),
    numeric('0', Buffer.from([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4])),
    numeric('5', Buffer.from('00000001000\0')),
    numeric('0', Buffer.from('1234567\0'), 148),
  ),
)
/** Writes over a field of the header without mending its checksum, or with. */
function withRaw(entry: TarEntry & { raw?: [number, Buffer] }): Buffer {
  const bytes = tarOf([entry]).subarray(0, -1024)
  if (entry.raw === undefined) return bytes
  entry.raw[1].copy(bytes, entry.raw[0])
  if (entry.raw[0] === 148) return bytes
  bytes.fill(' ', 148, 156)
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  bytes.write(`${sum.toString(8).padStart(7, '0')}\0`, 148)
  return bytes
}

describe('an archive that is not what it should be', () => {
  const manifest = manifestOf(sample)
  const whole = tarOf(sample)
  const isRefusal = (error: unknown): boolean =>
    error instanceof ToolkitError && error.kind === 'verification'

  property('bytes changed, cut off, spliced: an error, a problem, or no difference to any file', async () => {
    const { list } = await bench()
    await holds(
      damaged(whole),
      async bytes => {
        const result = await list(bytes, manifest).catch(error => error)
        if (isRefusal(result)) return
        if (result instanceof Error) throw result
        if (result.problems.length > 0) return
        // Nothing was found: then every file is there, as it was, and only what no file depends on has changed.
        expect(result.listing.files.map((file: { path: string }) => file.path)).toEqual(
          sample.map(file => file.path),
        )
      },
      300,
    )
  })

  property('an odd entry before, between or behind the others', async () => {
    const { list, readForeign } = await bench()
    await holds(fc.tuple(odd, fc.nat({ max: sample.length })), async ([entry, at]) => {
      const parts = [tarOf(sample.slice(0, at)).subarray(0, -1024), withRaw(entry), tarOf(sample.slice(at))]
      const harmless = ['x', 'g', 'L', 'K', 'N', 'X', '5', 'D'].includes(entry.type ?? '0')
      const bytes = Buffer.concat(parts)
      const result = await list(bytes, manifest).catch(error => error)
      if (result instanceof Error) expect(result).toMatchObject({ kind: 'verification' })
      else if (!harmless) expect(result.problems).not.toEqual([])
      const foreign = await readForeign(bytes).catch(error => error)
      if (foreign instanceof Error) expect(foreign).toMatchObject({ kind: 'verification' })
    })
  })

  property('anything at all', async () => {
    const { list, readForeign } = await bench()
    await holds(
      fc.uint8Array({ maxLength: 3000 }),
      async bytes => {
        const result = await list(bytes, manifest).catch(error => error)
        if (!isRefusal(result)) expect(result.problems).not.toEqual([])
        expect(isRefusal(await readForeign(bytes).catch(error => error))).toBe(true)
      },
      50,
    )
  })

  test('what lies behind its end is not kept in memory', async () => {
    const { list } = await bench()
    const { problems } = await list(Buffer.concat([whole, Buffer.alloc(20_000_000, 'x')]), manifest)
    expect(problems).toEqual([])
  })
})
