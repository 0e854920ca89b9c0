import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect } from 'vitest'
import { awkwardName, damaged, holds, property } from '../test/helpers/fuzz.ts'
import { type ManifestLine, manifestOf, sealed } from '../test/helpers/manifest_file.ts'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { readManifest } from './manifest.ts'

const filePath = fc.array(awkwardName, { minLength: 1, maxLength: 3 }).map(parts => parts.join('/'))
const notUtf8 = fc
  .uint8Array({ minLength: 1, maxLength: 8 })
  .map(bytes => Buffer.from([...bytes.map(byte => byte || 1), 0xff]))
const lines: fc.Arbitrary<ManifestLine[]> = fc.uniqueArray(
  fc.record({ path: fc.oneof({ weight: 9, arbitrary: filePath }, notUtf8), content: fc.string() }),
  { selector: line => Buffer.from(line.path).toString('hex') },
)

async function reader() {
  const path = join(await tempFolder(), 'backup_manifest')
  return async (text: string | Buffer) => {
    await writeFile(path, text)
    return readManifest(path)
  }
}

property('a manifest says what was put into it', async () => {
  const read = await reader()
  await holds(lines, async files => {
    const manifest = await read(manifestOf(files))
    const names = [...manifest.files.keys()].map(path => path.replace(/\0\d+$/, ''))
    expect(names).toEqual(files.map(({ path }) => Buffer.from(path).toString('utf8')))
    const sizes = files.map(({ content }) => Buffer.byteLength(content))
    expect([...manifest.files.values()].map(file => file.bytes)).toEqual(sizes)
    expect(manifest.totalBytes).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0))
  })
})

const whole = Buffer.from(
  manifestOf([
    { path: 'PG_VERSION', content: '17\n' },
    { path: 'base/1/a "name" \\', content: 'x'.repeat(99) },
    { path: Buffer.from('latin1-\xe9', 'latin1'), content: '' },
  ]),
)

property('damage of any kind is found', async () => {
  const read = await reader()
  const intact = await read(whole)
  await holds(
    damaged(whole),
    async bytes => {
      const result = await read(bytes).catch((error: Error) => error.message)
      if (bytes.equals(whole)) expect(result).toEqual(intact)
      else expect(result).toMatch(/^its own checksum does not match|^it is cut off/)
    },
    100,
  )
})

property('whatever somebody seals, it is refused in words or makes sense', async () => {
  const read = await reader()
  const value = fc.oneof(
    fc.json({ maxDepth: 1 }),
    fc.constantFrom('-1', '1e999', '0.5', '"0/2000028"', '9007199254740993'),
  )
  const line = fc.oneof(
    fc
      .tuple(fc.constantFrom('Path', 'Encoded-Path'), value, value)
      .map(([kind, path, size]) => `{ "${kind}": ${path}, "Size": ${size}, "Checksum": "00" },`),
    fc
      .tuple(value, value, value)
      .map(
        ([timeline, start, end]) => `{ "Timeline": ${timeline}, "Start-LSN": ${start}, "End-LSN": ${end} },`,
      ),
    fc.string(),
  )
  await holds(fc.array(line), async more => {
    const manifest = await read(sealed(`${more.join('\n')}\n`)).catch((error: Error) => error.message)
    if (typeof manifest === 'string')
      return expect(manifest).toMatch(/^no PostgreSQL wrote it: |^its own checksum/)
    expect(Number.isSafeInteger(manifest.totalBytes) && manifest.totalBytes >= 0).toBe(true)
    for (const path of manifest.files.keys()) expect(typeof path).toBe('string')
    for (const { startLsn } of manifest.walRanges) expect(startLsn).toMatch(/^[0-9A-F]+\/[0-9A-F]+$/i)
  })
})
