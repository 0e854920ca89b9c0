import { constants, createWriteStream } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { sha256File } from '../catalog/hash.ts'
import { ToolkitError } from '../errors.ts'
import { called } from '../plan/place.ts'
import { type ArchivePlace, readArchive } from '../postgres/archive.ts'
import { checksumOf, compareWith, readContents } from '../postgres/contents.ts'
import { isSegmentOf } from '../postgres/lsn.ts'
import { type Manifest, readManifest } from '../postgres/manifest.ts'
import { withWorkFolder } from '../postgres/work_folder.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { createProgress } from '../terminal/progress.ts'
import { provideClientImage } from './image.ts'
import type { Found } from './verify.ts'

const defaultSegmentBytes = 16 * 1024 * 1024

/** Looks at the archives of a physical backup, with `deep` at every file in them and at the WAL as well. */
export async function verifyPhysical(
  runtime: Runtime,
  resolved: Resolved,
  backup: PhysicalBackup,
  deep: boolean,
  context: Context,
): Promise<Found> {
  const notes: string[] = []
  // Only an unpacked or foreign backup has no archive hashes of its own: its manifest is what there is to check.
  const readThrough = deep || (backup.metadata?.files.filter(f => f.name.includes('.tar')).length ?? 0) === 0
  const problems = [
    ...(await checkFiles(backup, context)),
    ...(readThrough ? await checkContents(runtime, resolved, backup, notes, context) : []),
  ]
  return { level: readThrough ? 'deep' : 'archives', problems, notes }
}

/** A `.partial` is what a run that was killed left of writing one. */
const besideTheFiles = ['metadata.json', 'verified.json', 'verified.json.partial', '.lock']

/** Every file that metadata.json names, with its size and SHA-256, and no other. */
async function checkFiles(backup: PhysicalBackup, context: Context): Promise<string[]> {
  const { metadata, contents } = backup
  if (metadata === undefined) return []
  const problems: string[] = []
  for (const file of metadata.files) {
    const path = join(contents.folder, file.name)
    const found = await stat(path).catch(() => undefined)
    if (found === undefined) problems.push(`${file.name}: missing`)
    else if (found.size !== file.bytes)
      problems.push(`${file.name}: ${found.size} bytes instead of ${file.bytes}`)
    else if ((await sha256File(path, { signal: context.signal })) !== file.sha256) {
      problems.push(`${file.name}: its content changed (SHA-256 differs)`)
    }
  }
  if (metadata.format === 'tar') {
    const expected = new Set([...metadata.files.map(f => f.name), ...besideTheFiles])
    const extra = (await readdir(contents.folder)).filter(name => !expected.has(name))
    problems.push(...extra.map(name => `${name}: not part of this backup`))
  }
  return problems
}

async function checkContents(
  runtime: Runtime,
  resolved: Resolved,
  backup: PhysicalBackup,
  notes: string[],
  context: Context,
): Promise<string[]> {
  const { contents, metadata } = backup
  const damage: string[] = []
  const manifest = await openManifest(backup)
  if (typeof manifest === 'string') {
    // Only somebody else's archives may come without one.
    if (metadata || contents.archives.length === 0 || contents.manifestPath) damage.push(manifest)
    else notes.push(manifest)
  }
  const progress = await createProgress('Reading', context.progress)
  const made = metadata && Number.parseInt(metadata.postgresql_version, 10)
  const { image } = await provideClientImage(runtime, resolved, context, { major: made })
  const place = { runtime, image: image.image, signal: context.signal }
  let done = 0
  const total = metadata?.cluster_size_bytes ?? (typeof manifest === 'string' ? 0 : manifest.totalBytes)
  const onBytes = (bytes: number) => {
    done += bytes
    progress.update(done, total)
  }
  try {
    if (typeof manifest === 'string') {
      // Without a manifest there is still the question whether the archives can be read at all.
      const listings = await readContents(contents, { place, onBytes, onFile: () => {} })
      return [...damage, ...listings.flatMap(listing => listing.refused)]
    }
    const walSegmentBytes = metadata?.wal_segment_bytes ?? defaultSegmentBytes
    const checksum = checksumOf(manifest)
    if (!checksum) notes.push('files were read, but not compared: the manifest has no checksums')
    const comparison = compareWith(manifest, walSegmentBytes)
    const { add: onFile } = comparison
    const mostBytes = manifest.totalBytes
    const listings = await readContents(contents, { place, checksum, onBytes, mostBytes, onFile })
    const problems = comparison.problems(listings.flatMap(listing => listing.refused))
    if (problems.length > 0) return problems
    const major = Number.parseInt(metadata?.postgresql_version ?? String(image.major), 10)
    // A machine may have several versions side by side.
    const fitting = [image, ...(await runtime.images.installed())].find(i => i.major === major)
    if (fitting === undefined) {
      notes.push(`WAL records not read: that needs PostgreSQL ${major}, ${called(image)} is ${image.major}`)
      return []
    }
    return await checkWal(runtime, fitting.image, backup, manifest, walSegmentBytes, context.signal)
  } catch (error) {
    // An archive that cannot be read to its end is a finding about this backup.
    if (error instanceof ToolkitError && error.kind === 'verification')
      return [...damage, `${error.message} (${error.why})`]
    throw error
  } finally {
    progress.stop()
  }
}

async function openManifest(backup: PhysicalBackup): Promise<Manifest | string> {
  if (!backup.contents.manifestPath) return 'backup_manifest: missing'
  try {
    return await readManifest(backup.contents.manifestPath)
  } catch (error) {
    return `backup_manifest: ${(error as Error).message}`
  }
}

/**
 * Reads every WAL record from the start to the end of the backup, as pg_verifybackup does.
 * https://www.postgresql.org/docs/current/pgwaldump.html
 */
async function checkWal(
  runtime: Runtime,
  image: string,
  { contents }: PhysicalBackup,
  manifest: Manifest,
  segmentBytes: number,
  signal: AbortSignal,
): Promise<string[]> {
  const archive = contents.archives.find(a => a.role === 'wal')
  const check = (path: string) => dumpWal(runtime, image, path, manifest.walRanges, signal)
  if (archive === undefined) return check(join(contents.dataFolder ?? contents.folder, 'pg_wal'))
  const beside = dirname(contents.folder)
  // Backups on a read-only disk are verified as well.
  const writable = await access(beside, constants.W_OK).then(
    () => true,
    () => false,
  )
  return withWorkFolder(writable ? beside : tmpdir(), async folder => {
    const wanted = (name: string) => manifest.walRanges.some(range => isSegmentOf(range, name, segmentBytes))
    await extractSegments(archive.path, wanted, folder, { runtime, image, signal })
    return check(folder)
  })
}

async function dumpWal(
  runtime: Runtime,
  image: string,
  path: string,
  ranges: Manifest['walRanges'],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = []
  for (const { timeline, startLsn, endLsn } of ranges) {
    const range = [`--timeline=${timeline}`, `--start=${startLsn}`, `--end=${endLsn}`]
    const argv = ['pg_waldump', '--quiet', `--path=${path}`, ...range]
    const folders = [{ path, mode: 'ro' as const }]
    const output = await runtime.run({ name: 'waldump', argv, as: 'caller', folders, image }, { signal })
    if (output.code !== 0) problems.push(`pg_wal: ${output.stderr}`)
  }
  return problems
}

/** Writes the segments of the backup itself: their sizes were looked at, whatever else there is may have any. */
async function extractSegments(
  archive: string,
  wanted: (name: string) => boolean,
  folder: string,
  place: ArchivePlace,
): Promise<void> {
  const written: Promise<void>[] = []
  await readArchive(archive, place, entry => {
    if (!wanted(entry.path)) return void entry.resume()
    const file = createWriteStream(join(folder, entry.path), { mode: 0o600 })
    const end = new Promise<void>((resolve, reject) => {
      file.once('finish', resolve)
      // A full disk must not keep the reading from coming to its end: the rest of the entry is passed over.
      file.once('error', error => {
        entry.unpipe(file)
        entry.resume()
        reject(error)
      })
    })
    // Looked at when everything was read; until then nobody waits for it.
    end.catch(() => {})
    written.push(end)
    entry.pipe(file)
  })
  await Promise.all(written)
}
