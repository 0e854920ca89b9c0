import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { listedBackups } from '../operations/list.ts'
import { awkward, damaged, holds, property } from '../test/helpers/fuzz.ts'
import { metadata } from '../test/helpers/samples.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { checksumOf, openMetadata, type PhysicalMetadata, sealMetadata, type Unsigned } from './metadata.ts'

const descriptions: fc.Arbitrary<Unsigned<PhysicalMetadata>> = fc
  .record({
    label: fc.option(awkward),
    environment: awkward,
    duration_seconds: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    timeline: fc.integer(),
    // JSON would make a prototype of that one.
    tool_versions: fc.dictionary(
      awkward.filter(name => name !== '__proto__'),
      awkward,
    ),
    tablespaces: fc.array(fc.record({ oid: fc.string(), name: awkward, location: awkward })),
  })
  .map(changes => ({ ...metadata, ...changes }))

property('what was sealed is what is read', () =>
  holds(descriptions, document => {
    const { metadata_sha256: _, ...read } = openMetadata(sealMetadata(document))
    // As JSON: it knows no minus zero, and PostgreSQL no names that are not text.
    expect(read).toEqual(JSON.parse(JSON.stringify(document)))
  }),
)

const sealed = Buffer.from(sealMetadata(metadata))
const original = openMetadata(sealed.toString())

property('damage is found, or nothing that is said has changed', () =>
  holds(
    damaged(sealed),
    bytes => {
      let read: unknown
      try {
        read = openMetadata(bytes.toString())
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toBeInstanceOf(TypeError)
        return
      }
      expect(read).toEqual(original)
    },
    500,
  ),
)

/** Any JSON, sealed or not; and ours with any value in the place of one of its own. */
const anything = fc.oneof(
  fc.json(),
  fc.json().map(text => {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null ? sealMetadata(value) : text
  }),
  fc
    .tuple(fc.constantFrom(...Object.keys(metadata)), fc.jsonValue())
    .map(([key, value]) => sealMetadata({ ...metadata, [key]: value } as Unsigned<PhysicalMetadata>)),
)

property('a backup with any JSON for its description is listed: as what it says, or as damaged', async () => {
  const backups = await tempFolder()
  const folder = join(backups, metadata.id)
  await mkdir(folder)
  await writeFile(join(folder, 'base.tar'), '')
  await holds(fc.tuple(anything, fc.oneof(fc.json(), fc.string())), async ([described, verified]) => {
    await writeFile(join(folder, 'metadata.json'), described)
    await writeFile(join(folder, 'verified.json'), verified)
    const [listed, ...others] = await listedBackups(backups)
    expect(others).toEqual([])
    expect(listed?.at).toMatch(/^\d{4}-/)
    if (listed?.damage) expect(listed.damage).not.toMatch(/undefined|destructure|is not a function/)
    if (listed?.verified) expect(listed.verified.result).toMatch(/^(ok|failed)$/)
  })
})

property('the checksum of a set of files does not depend on their order', () =>
  holds(
    fc.uniqueArray(fc.record({ name: awkward, sha256: fc.string() }), { selector: file => file.name }),
    files => expect(checksumOf([...files].reverse())).toBe(checksumOf(files)),
  ),
)
