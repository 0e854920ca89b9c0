import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { listPhysical } from '../catalog/catalog.ts'
import { fsyncPath, renameDurably, writeDurably } from '../catalog/durable.ts'
import { sha256File } from '../catalog/hash.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { checksumOf, openMetadata, type PhysicalMetadata, sealMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { type BaseBackupPlan, describeCompression, planBaseBackup } from '../plan/base_backup.ts'
import { describeBackup } from '../plan/describe_backup.ts'
import { anotherMajor, called } from '../plan/place.ts'
import { estimateBackupBytes } from '../plan/space.ts'
import { isOnPath } from '../postgres/archive.ts'
import { readBackupFolder } from '../postgres/backup_folder.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { withPassword } from '../postgres/connection.ts'
import { compareListings } from '../postgres/contents.ts'
import { type Listing, listFolder, type ReadThrough, readThrough } from '../postgres/listing.ts'
import { type Manifest, readManifest } from '../postgres/manifest.ts'
import { readServerFacts, type ServerFacts } from '../postgres/server_facts.ts'
import { inToolsImage } from '../runtime/runner.ts'
import type { ImageFacts, Runtime, TheirContainer } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Algorithm } from '../settings/compression.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { freeBytes, placeInOrder, requireSpace } from './backup_place.ts'
import { provideClientImage, type ServerImage } from './image.ts'
import { copyCluster, programName } from './save_copy.ts'
import { findTheirs, reachTheirs } from './their_server.ts'

export type SaveResult = {
  /** Only with --dry-run: nothing was done. */
  plan?: BaseBackupPlan & { estimated_bytes: number | null; free_bytes: number }
  folder: string
  metadata?: PhysicalMetadata
  seconds: number
}

type Facts = {
  login: Settings
  server: ServerFacts
  image: ImageFacts
  /** The image of the server, where it is known. */
  origin: ServerImage | undefined
  free: number
  ratio: number | undefined
}

/**
 * Takes a full physical backup of a cluster: plan, copy, verify, describe, and only then give it its name.
 * @throws ToolkitError connection, space, verification, prerequisite, locked, failed, interrupted
 */
export async function saveCluster(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<SaveResult> {
  const { settings } = resolved
  const { backupsDir } = settings
  refuseType(settings)
  if (settings.dryRun) {
    const { plan, facts, estimate } = await prepare(runtime, resolved, context)
    const details = { ...plan, estimated_bytes: estimate ?? null, free_bytes: facts.free }
    return { plan: details, folder: plan.folder, seconds: 0 }
  }
  const started = performance.now()
  // A server that could not be reached last night is what the history is for.
  return recorded(
    backupsDir,
    'save',
    async () => {
      const { plan, facts, estimate } = await prepare(runtime, resolved, context)
      requireSpace(backupsDir, estimate, facts.free, 'make save')
      const metadata = await withLock(backupsDir, 'save', async () => {
        await removeRemains(runtime, backupsDir, context.log)
        return perform(runtime, plan, facts, settings, context)
      })
      return { folder: plan.folder, metadata, seconds: (performance.now() - started) / 1000 }
    },
    result => result.metadata.id,
  )
}

/** The names that later kinds will have are known, so that asking for one is not answered with a riddle. */
function refuseType({ type }: Settings): void {
  if (type === 'full') return
  throw new ToolkitError('usage', {
    what: `TYPE=${type} is not in this version: only full is.`,
    hint: 'Leave TYPE out: a full backup needs no other one.',
  })
}

type Prepared = { plan: BaseBackupPlan; facts: Facts; estimate: number | undefined }

/** Looks and decides; changes nothing. */
async function prepare(runtime: Runtime, resolved: Resolved, context: Context): Promise<Prepared> {
  const { sources } = resolved
  const theirs = sources.host === 'default' ? await findTheirs(runtime, resolved, context.signal) : undefined
  const settings = theirs ? reachTheirs(resolved, theirs) : resolved.settings
  const { host, port, user, backupsDir } = settings
  context.log.step(
    `Connecting to ${theirs ? `${theirs.name} (${host}:${port})` : `${host}:${port}`} as ${user} …`,
  )
  const facts = await gather(runtime, { ...resolved, settings }, theirs, context)
  const { server, image: client, ratio } = facts
  // What is written has to be read again, by the image's program or by this machine's.
  const tools = [...client.tools, ...['zstd', 'lz4'].filter(isOnPath)]
  const reader = { ...client, tools }
  const plan = planBaseBackup({ settings, server, client: reader, now: new Date(), backupsDir })
  for (const note of plan.notes) context.log.warn(note)
  return { plan, facts, estimate: estimateBackupBytes(server.clusterBytes, plan.compression, ratio) }
}

async function gather(
  runtime: Runtime,
  resolved: Resolved,
  theirs: TheirContainer | undefined,
  context: Context,
): Promise<Facts> {
  const { settings } = resolved
  const login = await withPassword(settings, context.prompt)
  const server = await readServerFacts(login, context.signal)
  const [{ image, origin }, free, ratio] = await Promise.all([
    provideClientImage(runtime, resolved, context, { theirs, major: server.major }),
    freeBytes(settings.backupsDir),
    lastRatio(settings.backupsDir, (settings.compress ?? settings.backupCompression).algorithm),
  ])
  const record = origin && !theirs ? await readClusterRecord(settings.dataDir) : undefined
  if (record?.salvaged_at)
    context.log.warn(
      'This cluster was salvaged with pg_resetwal: a backup keeps what is wrong in it. Dump it instead (docs/SALVAGE.md).',
    )
  if (image.major < server.major) {
    throw new ToolkitError('prerequisite', {
      what: `The server is PostgreSQL ${server.major}, the programs of ${called(image)} are ${image.major}.`,
      why: 'pg_basebackup works with servers of its own major version and older ones.',
      hint: inToolsImage()
        ? `Set RUNTIME=docker, and IMAGE to one of PostgreSQL ${server.major}, for example IMAGE=postgres:${server.major}.`
        : `${anotherMajor(image, server.major)}.`,
    })
  }
  return { login, server, image, origin, free, ratio }
}

/** How well the last backup of the same algorithm was compressed here: the best guess for the next one. */
async function lastRatio(backupsDir: string, algorithm: Algorithm): Promise<number | undefined> {
  const described = (await listPhysical(backupsDir)).map(backup => backup.metadata)
  const last = described.find(metadata => metadata?.compression.algorithm === algorithm)
  return last && last.backup_size_bytes / last.cluster_size_bytes
}

/** What a killed run left: we hold the lock, so nobody is writing it. */
async function removeRemains(runtime: Runtime, backupsDir: string, log: Context['log']): Promise<void> {
  await runtime.stopOrphans(programName, backupsDir)
  for (const name of await readdir(backupsDir)) {
    if (!/^cluster_backup_.*\.partial$/.test(name)) continue
    log.warn(`Removing ${name}, which an earlier run left unfinished.`)
    await rm(join(backupsDir, name), { recursive: true, force: true })
  }
}

async function perform(
  runtime: Runtime,
  plan: BaseBackupPlan,
  facts: Facts,
  settings: Settings,
  context: Context,
): Promise<PhysicalMetadata> {
  const { login, server, image, origin } = facts
  const { backupsDir } = settings
  const startedAt = new Date()
  const started = performance.now()
  // Names have seconds: the second of two saves within one would take the name of the first.
  if (existsSync(plan.folder)) {
    throw new ToolkitError('locked', {
      what: `There is a backup ${plan.id} already.`,
      why: 'It was made this very second, or the clock was set back since.',
      hint: 'Save again.',
    })
  }
  const orderedAt = await placeInOrder('physical', backupsDir, startedAt, context.log)
  try {
    await mkdir(plan.partial, { mode: 0o700 })
    context.log.step(`Saving ${describeSize(server)} as ${plan.id} (${describeCompression(plan)}) …`)
    const early = await copyCluster(runtime, { plan, login, image, backupsDir }, context)
    const { manifest, files } = await verify(runtime, plan, facts, early, context)
    const checksum = checksumOf(files)
    const now = new Date()
    const text = sealMetadata(
      describeBackup({
        ...{ plan, settings, server, image, origin, manifest, files, checksum },
        ...{ startedAt, orderedAt, now, seconds: (performance.now() - started) / 1000 },
      }),
    )
    context.signal.throwIfAborted()
    await writeDurably(join(plan.partial, 'metadata.json'), text)
    await fsyncPath(plan.partial)
    await renameDurably(plan.partial, plan.folder)
    return openMetadata(text) as PhysicalMetadata
  } catch (error) {
    await rm(plan.partial, { recursive: true, force: true })
    throw error
  }
}

const describeSize = (server: ServerFacts): string =>
  server.clusterBytes === undefined
    ? 'the cluster (its size may not be seen)'
    : formatBytes(server.clusterBytes)

/** Compares what was written with the manifest; `early` is what was read while it was being written. */
async function verify(
  runtime: Runtime,
  plan: BaseBackupPlan,
  { server, image }: Facts,
  early: ReadonlyMap<string, ReadThrough>,
  { signal }: Context,
): Promise<{ manifest: Manifest; files: PhysicalMetadata['files'] }> {
  const backup = await readBackupFolder(plan.partial)
  if (!backup?.manifestPath) {
    throw new ToolkitError('verification', { what: 'pg_basebackup ended well, but wrote no backup.' })
  }
  const place = { runtime, image: image.image, signal }
  const manifest = await readManifest(backup.manifestPath)
  const listings: Listing[] = backup.dataFolder ? [await listFolder(backup.dataFolder, { place })] : []
  const files: PhysicalMetadata['files'] = []
  for (const archive of backup.archives) {
    const { listing, bytes, sha256 } = early.get(archive.name) ?? (await readThrough(archive, { place }))
    const grown = bytes === archive.bytes ? [] : [`${archive.name}: it changed while it was read`]
    listings.push({ ...listing, refused: [...listing.refused, ...grown] })
    files.push({ name: archive.name, bytes, sha256 })
  }
  const problems = compareListings(listings, manifest, server.walSegmentBytes)
  if (problems.length > 0) {
    throw new ToolkitError('verification', {
      what: 'The new backup is not what its manifest says. It was not kept.',
      why: problems.join('\n'),
      hint: 'Check the disk (dmesg), then save again.',
    })
  }
  const { size } = await stat(backup.manifestPath)
  const name = relative(backup.folder, backup.manifestPath)
  return {
    manifest,
    files: [...files, { name, bytes: size, sha256: await sha256File(backup.manifestPath, { signal }) }],
  }
}
