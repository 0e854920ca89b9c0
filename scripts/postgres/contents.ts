import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type ArchivePlace, readArchive } from './archive.ts'
import {
  type Archive,
  type BackupFolder,
  isOutsideManifest,
  manifestPathOf,
  unsafeEntry,
} from './backup_folder.ts'
import { walSegments } from './lsn.ts'
import type { Manifest, ManifestFile } from './manifest.ts'

export type ContentsOptions = {
  place: ArchivePlace
  /** Hash every file as well. */
  deep: boolean
  walSegmentBytes: number
  /** Uncompressed bytes that were read since the last call. */
  onBytes?: (bytes: number) => void
}

/** Enough to see what is wrong without filling the screen. */
const reportedProblems = 20

/**
 * Compares what is in a backup with its manifest, as a stream: every file there, none too many, each with its size,
 * and with `deep` each with its checksum; and WAL for the whole backup. Gives what is wrong, each naming its file.
 */
export async function compareContents(
  backup: BackupFolder,
  manifest: Manifest,
  options: ContentsOptions,
): Promise<string[]> {
  const check = new Comparison(manifest, options.deep)
  if (backup.format === 'plain') await readPlain(backup.dataFolder ?? backup.folder, '', check, options)
  else for (const archive of backup.archives) await readTar(archive, check, options)
  return check.conclude(options.walSegmentBytes)
}

class Comparison {
  readonly problems: string[] = []
  private readonly seen = new Set<string>()
  private readonly wal = new Map<string, number>()
  private readonly manifest: Manifest
  private readonly deep: boolean

  constructor(manifest: Manifest, deep: boolean) {
    this.manifest = manifest
    this.deep = deep
  }

  /** Takes note of a file. Gives the checksum to compare with, where its bytes have to be read for one. */
  file(path: string, bytes: number): ManifestFile | undefined {
    if (path.startsWith('pg_wal/')) this.wal.set(path.slice('pg_wal/'.length), bytes)
    if (isOutsideManifest(path)) {
      this.seen.add(path)
      return undefined
    }
    const expected = this.manifest.files.get(path)
    if (expected === undefined) {
      this.problems.push(`${path}: not in the manifest, so it does not belong here`)
      return undefined
    }
    this.seen.add(path)
    if (expected.bytes !== bytes) {
      this.problems.push(`${path}: ${bytes} bytes, the manifest says ${expected.bytes}`)
      return undefined
    }
    return this.deep && expected.algorithm.startsWith('SHA') ? expected : undefined
  }

  conclude(walSegmentBytes: number): string[] {
    const missing = [...this.manifest.files.keys()].filter(
      path => !this.seen.has(path) && !isOutsideManifest(path),
    )
    this.problems.push(...missing.map(path => `${path}: missing`))
    for (const { timeline, startLsn, endLsn } of this.manifest.walRanges) {
      for (const segment of walSegments(timeline, startLsn, endLsn, walSegmentBytes)) {
        const bytes = this.wal.get(segment)
        if (bytes === undefined)
          this.problems.push(`pg_wal/${segment}: missing; the backup cannot become consistent without it`)
        else if (bytes !== walSegmentBytes)
          this.problems.push(`pg_wal/${segment}: ${bytes} bytes instead of ${walSegmentBytes}`)
      }
    }
    const more = this.problems.length - reportedProblems
    return more > 0 ? [...this.problems.slice(0, reportedProblems), `… and ${more} more`] : this.problems
  }
}

/** node's name of a checksum algorithm of the manifest, such as SHA256. CRC32C is not hashed here. */
const hashName = (algorithm: string): string => algorithm.toLowerCase()

async function readTar(archive: Archive, check: Comparison, options: ContentsOptions): Promise<void> {
  await readArchive(
    archive.path,
    options.place,
    entry => {
      const unsafe = unsafeEntry(entry.path, entry.type)
      if (unsafe) check.problems.push(`${archive.name}: entry “${entry.path}” is refused: ${unsafe}`)
      const isFile = unsafe === undefined && entry.type.endsWith('File')
      const path = archive.role === 'wal' ? `pg_wal/${entry.path}` : manifestPathOf(archive, entry.path)
      const expected = isFile ? check.file(path, entry.size) : undefined
      if (expected === undefined) {
        entry.resume()
        return
      }
      const hash = createHash(hashName(expected.algorithm))
      entry.on('data', chunk => hash.update(chunk))
      entry.on('end', () => {
        if (hash.digest('hex') !== expected.checksum) check.problems.push(checksumDiffers(path))
      })
    },
    options.onBytes,
  )
}

async function readPlain(
  folder: string,
  prefix: string,
  check: Comparison,
  options: ContentsOptions,
): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    options.place.signal?.throwIfAborted()
    const path = join(folder, entry.name)
    const name = `${prefix}${entry.name}`
    const isTablespace = entry.isSymbolicLink() && prefix === 'pg_tblspc/'
    if (entry.isDirectory() || isTablespace) await readPlain(path, `${name}/`, check, options)
    else if (!entry.isFile()) check.problems.push(`${name}: neither a file nor a folder`)
    else if (name !== 'metadata.json' && name !== 'verified.json') {
      const { size } = await stat(path)
      const expected = check.file(name, size)
      if (expected && (await hashFile(path, expected.algorithm)) !== expected.checksum) {
        check.problems.push(checksumDiffers(name))
      }
      options.onBytes?.(size)
    }
  }
}

async function hashFile(path: string, algorithm: string): Promise<string> {
  const hash = createHash(hashName(algorithm))
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

const checksumDiffers = (path: string): string => `${path}: its checksum does not match the manifest`
