import { type BackupFolder, isOutsideManifest } from './backup_folder.ts'
import { type Checksum, checksumOfAlgorithm } from './checksum.ts'
import { type ListedFile, type Listing, type ListingOptions, listFolder, readThrough } from './listing.ts'
import { walSegments } from './lsn.ts'
import { type Manifest, type ManifestFile, numbered } from './manifest.ts'

/** Enough to see what is wrong without filling the screen. */
const reportedProblems = 20

/** A comparison that goes on while a backup is being read, and keeps nothing of a file that is as it should be. */
export type Comparison = {
  add(file: ListedFile): void
  /** What is wrong, each naming its file: also what is missing now that everything was added. */
  problems(refused: readonly string[]): string[]
}

/**
 * Compares what is in a backup with its manifest: every file there, none too many, each with its size and, where it
 * was hashed, its checksum; and WAL for the whole backup.
 */
export function compareWith(manifest: Manifest, walSegmentBytes: number): Comparison {
  const problems: string[] = []
  let more = 0
  const report = (problem: string) => {
    if (problems.length < reportedProblems) problems.push(problem)
    else more += 1
  }
  // The manifest's own entries: their paths are in memory once.
  const seen = new Set<ManifestFile>()
  const wal = new Map<string, number>()
  const add = ({ path, bytes, checksum }: ListedFile) => {
    if (path.startsWith('pg_wal/')) wal.set(path.slice('pg_wal/'.length), bytes)
    if (isOutsideManifest(path)) return
    const expected = entryFor(manifest, { path, bytes, checksum }, seen)
    if (expected) seen.add(expected)
    if (expected === undefined && manifest.files.has(path)) report(`${path}: there twice`)
    else if (expected === undefined) report(`${path}: not in the manifest, so it does not belong here`)
    else if (expected.bytes !== bytes) report(`${path}: ${bytes} bytes, the manifest says ${expected.bytes}`)
    else if (checksum !== undefined && checksum !== expected.checksum)
      report(`${path}: its checksum does not match the manifest`)
  }
  return {
    add,
    problems(refused) {
      for (const [path, file] of manifest.files)
        if (!seen.has(file) && !isOutsideManifest(path)) report(`${shown(path)}: missing`)
      for (const problem of walProblems(manifest, wal, walSegmentBytes)) report(problem)
      const all = [...refused, ...problems]
      const hidden = more + Math.max(0, all.length - reportedProblems)
      return hidden > 0 ? [...all.slice(0, reportedProblems), `… and ${hidden} more`] : all
    },
  }
}

/** The same for what was read before its manifest was there. */
export function compareListings(
  listings: readonly Listing[],
  manifest: Manifest,
  walSegmentBytes: number,
): string[] {
  const comparison = compareWith(manifest, walSegmentBytes)
  for (const { files } of listings) for (const file of files) comparison.add(file)
  return comparison.problems(listings.flatMap(listing => listing.refused))
}

/**
 * The entry of the manifest that a file is compared with. Names that are not UTF-8 may read the same: then it is one
 * that is not taken yet, best one that fits.
 */
function entryFor(
  { files }: Manifest,
  { path, bytes, checksum }: { path: string; bytes: number; checksum: string | undefined },
  seen: ReadonlySet<ManifestFile>,
): ManifestFile | undefined {
  let free: ManifestFile | undefined
  for (let number = 1; ; number += 1) {
    const entry = files.get(numbered(path, number))
    if (entry === undefined) return free
    if (seen.has(entry)) continue
    free ??= entry
    if (entry.bytes === bytes && (checksum === undefined || checksum === entry.checksum)) return entry
  }
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
