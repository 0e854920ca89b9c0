import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchivePlace, readArchive } from './archive.ts'
import { type Archive, manifestPathOf, unsafeEntry } from './backup_folder.ts'

/** What is really in a backup, by the paths that the manifest uses. */
export type Listing = {
  files: { path: string; bytes: number; checksum?: string }[]
  /** Entries that must not be there, each with its reason. */
  refused: string[]
}

export type ListingOptions = {
  place: ArchivePlace
  /** Hash every file with this algorithm of node:crypto. */
  hash?: string | undefined
  /** Uncompressed bytes that were read since the last call. */
  onBytes?: ((bytes: number) => void) | undefined
}

/** An archive that was read through: what is in it, and its own bytes. */
export type ReadThrough = { listing: Listing; bytes: number; sha256: string }

/**
 * Reads an archive through once, for its listing and its own SHA-256 together. With `written` it is read while it is
 * being written, which ends when the promise is fulfilled.
 * @throws ToolkitError verification where it cannot be read to its end.
 */
export async function readThrough(
  archive: Pick<Archive, 'name' | 'path' | 'role' | 'oid'>,
  options: ListingOptions,
  written: Promise<void> = Promise.resolve(),
): Promise<ReadThrough> {
  const listing: Listing = { files: [], refused: [] }
  const own = createHash('sha256')
  let bytes = 0
  await readArchive(
    archive.path,
    options.place,
    entry => {
      const unsafe = unsafeEntry(entry.path, entry.type)
      if (unsafe) listing.refused.push(`${archive.name}: entry “${entry.path}” is refused: ${unsafe}`)
      if (unsafe || !entry.type.endsWith('File')) return void entry.resume()
      const path = archive.role === 'wal' ? `pg_wal/${entry.path}` : manifestPathOf(archive, entry.path)
      const file: Listing['files'][number] = { path, bytes: entry.size }
      listing.files.push(file)
      if (options.hash === undefined) return void entry.resume()
      const hash = createHash(options.hash)
      entry.on('data', chunk => hash.update(chunk))
      entry.on('end', () => {
        file.checksum = hash.digest('hex')
      })
    },
    {
      onBytes: options.onBytes,
      written,
      onRaw: piece => {
        own.update(piece)
        bytes += piece.length
      },
    },
  )
  return { listing, bytes, sha256: own.digest('hex') }
}

/** The same for an unpacked backup. Links are followed in pg_tblspc only. */
export async function listFolder(folder: string, options: ListingOptions, prefix = ''): Promise<Listing> {
  const listing: Listing = { files: [], refused: [] }
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    options.place.signal?.throwIfAborted()
    const path = join(folder, entry.name)
    const name = `${prefix}${entry.name}`
    const isTablespace = entry.isSymbolicLink() && prefix === 'pg_tblspc/'
    if (entry.isDirectory() || isTablespace) {
      const below = await listFolder(path, options, `${name}/`)
      listing.files.push(...below.files)
      listing.refused.push(...below.refused)
    } else if (!entry.isFile()) {
      listing.refused.push(`${name}: neither a file nor a folder`)
    } else if (name !== 'metadata.json' && name !== 'verified.json') {
      const { size: bytes } = await stat(path)
      const checksum = options.hash && (await hashFile(path, options.hash))
      listing.files.push({ path: name, bytes, ...(checksum && { checksum }) })
      options.onBytes?.(bytes)
    }
  }
  return listing
}

async function hashFile(path: string, algorithm: string): Promise<string> {
  const hash = createHash(algorithm)
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}
