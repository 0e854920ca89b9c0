import { constants, createWriteStream } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Backup, findBackup, listBackups, type Verified, writeVerified } from '../catalog/catalog.ts'
import { sha256File } from '../catalog/hash.ts'
import { whileReading } from '../catalog/lock.ts'
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

export type VerifyResult = {
  id: string
  level: Verified['level']
  result: 'ok' | 'failed'
  problems: string[]
  /** What could not be checked, and why. */
  notes: string[]
  seconds: number
}

const defaultSegmentBytes = 16 * 1024 * 1024

/**
 * Verifies one backup, or all of them where none is named, and writes down beside each what was found.
 * Without `deep` the archives are hashed again; with it every file in them and the WAL as well.
 */
export async function verifyBackups(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<VerifyResult[]> {
  const { settings } = resolved
  const chosen = settings.backupDir
    ? [await findBackup(settings.backupsDir, settings.backupDir)]
    : await listBackups(settings.backupsDir)
  if (chosen.length === 0) {
    throw new ToolkitError('usage', {
      what: `There are no backups in ${settings.backupsDir}.`,
      hint: 'make save makes one.',
    })
  }
  const results: VerifyResult[] = []
  for (const backup of chosen) {
    context.log.step(`Verifying ${backup.id} …`)
    results.push(await verifyBackup(runtime, resolved, backup, settings.deep, context))
  }
  return results
}

/**
 * Verifies one backup. Problems are a result here; a disk that cannot be read is an error.
 * @throws ToolkitError locked while it is being deleted.
 */
export const verifyBackup = (
  runtime: Runtime,
  resolved: Resolved,
  backup: Backup,
  deep: boolean,
  context: Context,
): Promise<VerifyResult> =>
  whileReading(backup.contents.folder, () => verifyOne(runtime, resolved, backup, deep, context))

async function verifyOne(
  runtime: Runtime,
  resolved: Resolved,
  backup: Backup,
  deep: boolean,
  context: Context,
): Promise<VerifyResult> {
  const started = performance.now()
  const notes: string[] = []
  // Only an unpacked or foreign backup has no archive hashes of its own: its manifest is what there is to check.
  const readThrough = deep || (backup.metadata?.files.filter(f => f.name.includes('.tar')).length ?? 0) === 0
  const found = [
    ...(backup.damage ? [backup.damage] : []),
    ...(await checkFiles(backup, context)),
    ...(readThrough ? await checkContents(runtime, resolved, backup, notes, context) : []),
  ]
  const problems = [...new Set(found)]
  if (!backup.metadata && !backup.damage)
    notes.push('not made by this toolkit: there is no metadata.json to compare with')
  const level = readThrough ? 'deep' : 'archives'
  const result = problems.length === 0 ? ('ok' as const) : ('failed' as const)
  await writeVerified(backup.contents.folder, {
    at: new Date().toISOString(),
    level,
    result,
    problems,
  }).catch(() => {
    notes.push('the result could not be written beside the backup')
  })
  return { id: backup.id, level, result, problems, notes, seconds: (performance.now() - started) / 1000 }
}

/** A `.partial` is what a run that was killed left of writing one. */
const besideTheFiles = ['metadata.json', 'verified.json', 'verified.json.partial', '.lock']

/** Every file that metadata.json names, with its size and SHA-256, and no other. */
async function checkFiles(backup: Backup, context: Context): Promise<string[]> {
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
  backup: Backup,
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

async function openManifest(backup: Backup): Promise<Manifest | string> {
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
  { contents }: Backup,
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
