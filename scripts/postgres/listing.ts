import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { ToolkitError } from '../errors.ts'
import { type ArchivePlace, readArchive } from './archive.ts'
import { type Archive, manifestPathOf, unsafeEntry } from './backup_folder.ts'
import type { Checksum } from './checksum.ts'

/** A file by the path that the manifest uses. */
export type ListedFile = { path: string; bytes: number; checksum?: string }

/** What is really in a backup. */
export type Listing = {
  files: ListedFile[]
  /** Entries that must not be there, each with its reason. */
  refused: string[]
}

export type ListingOptions = {
  place: ArchivePlace
  /** Make this checksum of every file. */
  checksum?: (() => Checksum) | undefined
  /** Uncompressed bytes that were read since the last call. */
  onBytes?: ((bytes: number) => void) | undefined
  /** What the manifest lists, together. An archive that claims far more is not read further; WAL is in no manifest. */
  mostBytes?: number | undefined
  /** Gets every file, and then it is not kept in the listing: that of millions of them would not fit into memory. */
  onFile?: ((file: ListedFile) => void) | undefined
}

/** backup_label, tablespace_map and the like are in no manifest, or are larger than it says. */
const outsideManifestBytes = 64 << 20

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
  const keep = options.onFile ?? (file => listing.files.push(file))
  const own = createHash('sha256')
  let bytes = 0
  let claimed = 0
  await readArchive(
    archive.path,
    options.place,
    entry => {
      const unsafe = unsafeEntry(entry.path, entry.type)
      if (unsafe) listing.refused.push(`${archive.name}: entry “${entry.path}” is refused: ${unsafe}`)
      if (unsafe || !entry.type.endsWith('File')) return void entry.resume()
      const path = archive.role === 'wal' ? `pg_wal/${entry.path}` : manifestPathOf(archive, entry.path)
      // The header's own: a global one for all entries does not change where this one ends.
      const file: ListedFile = { path, bytes: entry.header.size ?? 0 }
      claimed += entry.size
      if (archive.role !== 'wal' && claimed > (options.mostBytes ?? claimed) + outsideManifestBytes) {
        throw new ToolkitError('verification', {
          what: `${archive.name} holds far more than the manifest lists. It was not read further`,
          why: `“${entry.path}” alone claims ${entry.size} bytes`,
        })
      }
      const checksum = options.checksum?.()
      if (checksum === undefined) {
        keep(file)
        return void entry.resume()
      }
      entry.on('data', chunk => checksum.update(chunk))
      entry.on('end', () => keep({ ...file, checksum: checksum.hex() }))
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

const leadsToFolder = (path: Buffer): Promise<boolean> =>
  stat(path).then(
    found => found.isDirectory(),
    () => false,
  )

/** The same for an unpacked backup. Links are followed in pg_tblspc only. */
export async function listFolder(
  folder: string | Buffer,
  options: ListingOptions,
  prefix = '',
): Promise<Listing> {
  const listing: Listing = { files: [], refused: [] }
  // As bytes: a name need not be UTF-8, and is not found again by what it reads as.
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
  const keep = options.onFile ?? (file => listing.files.push(file))
  for (const entry of entries) {
    options.place.signal?.throwIfAborted()
    const path = Buffer.concat([Buffer.from(folder), Buffer.from('/'), entry.name])
    const name = `${prefix}${entry.name}`
    const isTablespace = entry.isSymbolicLink() && prefix === 'pg_tblspc/'
    if (isTablespace && !(await leadsToFolder(path))) {
      listing.refused.push(`${name}: its link leads to no folder`)
    } else if (entry.isDirectory() || isTablespace) {
      const below = await listFolder(path, options, `${name}/`)
      for (const file of below.files) listing.files.push(file)
      for (const reason of below.refused) listing.refused.push(reason)
    } else if (!entry.isFile()) {
      listing.refused.push(`${name}: neither a file nor a folder`)
    } else if (name !== 'metadata.json' && name !== 'verified.json') {
      const { size: bytes } = await stat(path)
      const checksum = options.checksum && (await checksumOfFile(path, options.checksum()))
      keep({ path: name, bytes, ...(checksum && { checksum }) })
      options.onBytes?.(bytes)
    }
  }
  return listing
}

async function checksumOfFile(path: Buffer, checksum: Checksum): Promise<string> {
  for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) checksum.update(piece)
  return checksum.hex()
}
