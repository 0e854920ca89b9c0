import { type BackupFolder, isOutsideManifest } from './backup_folder.ts'
import { type Checksum, checksumOfAlgorithm } from './checksum.ts'
import { type Listing, type ListingOptions, listFolder, readThrough } from './listing.ts'
import { walSegments } from './lsn.ts'
import { type Manifest, numbered } from './manifest.ts'

/** Enough to see what is wrong without filling the screen. */
const reportedProblems = 20

/**
 * Compares what is in a backup with its manifest: every file there, none too many, each with its size and, where it
 * was hashed, its checksum; and WAL for the whole backup. Gives what is wrong, each naming its file.
 */
export function compareListings(
  listings: readonly Listing[],
  manifest: Manifest,
  walSegmentBytes: number,
): string[] {
  const problems = listings.flatMap(listing => listing.refused)
  const seen = new Set<string>()
  const wal = new Map<string, number>()
  for (const { path, bytes, checksum } of listings.flatMap(listing => listing.files)) {
    if (path.startsWith('pg_wal/')) wal.set(path.slice('pg_wal/'.length), bytes)
    if (isOutsideManifest(path)) continue
    const key = keyOf(manifest, path, seen, bytes, checksum)
    seen.add(key)
    const expected = manifest.files.get(key)
    if (expected === undefined && manifest.files.has(path)) problems.push(`${path}: there twice`)
    else if (expected === undefined) problems.push(`${path}: not in the manifest, so it does not belong here`)
    else if (expected.bytes !== bytes)
      problems.push(`${path}: ${bytes} bytes, the manifest says ${expected.bytes}`)
    else if (checksum !== undefined && checksum !== expected.checksum) {
      problems.push(`${path}: its checksum does not match the manifest`)
    }
  }
  const missing = [...manifest.files.keys()].filter(path => !seen.has(path) && !isOutsideManifest(path))
  problems.push(
    ...missing.map(path => `${shown(path)}: missing`),
    ...walProblems(manifest, wal, walSegmentBytes),
  )
  const more = problems.length - reportedProblems
  return more > 0 ? [...problems.slice(0, reportedProblems), `… and ${more} more`] : problems
}

/**
 * The entry of the manifest that a file is compared with. Names that are not UTF-8 may read the same: then it is one
 * that is not taken yet, best one that fits.
 */
function keyOf(
  { files }: Manifest,
  path: string,
  seen: ReadonlySet<string>,
  bytes: number,
  checksum: string | undefined,
): string {
  let number = 1
  let free: string | undefined
  for (; files.has(numbered(path, number)); number += 1) {
    const key = numbered(path, number)
    if (seen.has(key)) continue
    free ??= key
    const file = files.get(key)
    if (file?.bytes === bytes && (checksum === undefined || checksum === file.checksum)) return key
  }
  return free ?? numbered(path, number)
}

const shown = (path: string): string => path.replace(/\0\d+$/, '')

/** Every segment from the start to the end of the backup, each of them whole. */
function walProblems(manifest: Manifest, wal: ReadonlyMap<string, number>, segmentBytes: number): string[] {
  const problems: string[] = []
  for (const { timeline, startLsn, endLsn } of manifest.walRanges) {
    for (const segment of walSegments(timeline, startLsn, endLsn, segmentBytes)) {
      const bytes = wal.get(segment)
      if (bytes === undefined)
        problems.push(`pg_wal/${segment}: missing; the backup cannot become consistent without it`)
      else if (bytes !== segmentBytes)
        problems.push(`pg_wal/${segment}: ${bytes} bytes instead of ${segmentBytes}`)
      // A range may be as long as all the WAL that there can be.
      if (problems.length > reportedProblems) return problems
    }
  }
  return problems
}

/** How the files of a manifest are to be checked; undefined where it has no checksums. */
export function checksumOf(manifest: Manifest): (() => Checksum) | undefined {
  const [first] = manifest.files.values()
  return first && checksumOfAlgorithm(first.algorithm)
}

/** Reads a whole backup through, as a stream: nothing is unpacked to disk. */
export async function readContents(backup: BackupFolder, options: ListingOptions): Promise<Listing[]> {
  if (backup.format === 'plain') return [await listFolder(backup.dataFolder ?? backup.folder, options)]
  const listings: Listing[] = []
  for (const archive of backup.archives) listings.push((await readThrough(archive, options)).listing)
  return listings
}
