import { cp, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256File } from '../../catalog/hash.ts'
import { checksumOf, type Metadata, sealMetadata } from '../../catalog/metadata.ts'
import { type TarEntry, tarOf } from './tar_file.ts'

/** What somebody or something does to the folder of a backup. */
export type Damage = (folder: string) => Promise<unknown>

/** Copies of a backup, each with its own damage. Gives what was done, by the id of its copy. */
export async function damagedCopies<T extends { damage: Damage }>(
  backup: string,
  folder: string,
  cases: readonly T[],
): Promise<Map<string, T>> {
  const copies = new Map<string, T>()
  for (const [i, one] of cases.entries()) {
    const id = `cluster_backup_20200101_${String(i).padStart(6, '0')}`
    await cp(backup, join(folder, id), { recursive: true, verbatimSymlinks: true })
    await one.damage(join(folder, id))
    copies.set(id, one)
  }
  return copies
}

/** A byte in the middle, or `at`, with one bit changed. */
export async function flipBit(path: string, at?: number): Promise<void> {
  const content = await readFile(path)
  const place = at ?? Math.floor(content.length / 2)
  content.writeUInt8(content.readUInt8(place) ^ 4, place)
  await writeFile(path, content)
}

export async function cutInHalf(path: string): Promise<void> {
  const { length } = await readFile(path)
  await truncate(path, Math.floor(length / 2))
}

/** Puts entries before all others of an archive that is not compressed. */
export async function addEntries(path: string, entries: readonly TarEntry[]): Promise<void> {
  const end = 1024
  await writeFile(path, Buffer.concat([tarOf(entries).subarray(0, -end), await readFile(path)]))
}

/** What an attacker does who knows the format: every hash of metadata.json fits again. */
export async function reseal(folder: string, change: Partial<Metadata> = {}): Promise<void> {
  const path = join(folder, 'metadata.json')
  const { metadata_sha256: _, ...document } = JSON.parse(await readFile(path, 'utf8')) as Metadata
  const files: Metadata['files'] = []
  for (const { name } of document.files) {
    const file = join(folder, name)
    files.push({ name, bytes: (await readFile(file)).length, sha256: await sha256File(file) })
  }
  const sealed = sealMetadata({ ...document, files, checksum_sha256: checksumOf(files), ...change })
  await writeFile(path, sealed)
}
