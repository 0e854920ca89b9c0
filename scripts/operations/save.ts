import { mkdir, readdir, rename, rm, statfs, symlink, unlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { listBackups } from '../catalog/catalog.ts'
import { fsyncPath, renameDurably, writeDurably } from '../catalog/durable.ts'
import { sha256File } from '../catalog/hash.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { checksumOf, type Metadata, sealMetadata, type UnsignedMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { type BaseBackupPlan, describeCompression, planBaseBackup } from '../plan/base_backup.ts'
import { estimateBackupBytes } from '../plan/space.ts'
import { type BackupFolder, readBackupFolder } from '../postgres/backup_folder.ts'
import { watchBaseBackup } from '../postgres/backup_progress.ts'
import { withPassword } from '../postgres/connection.ts'
import { compareContents } from '../postgres/contents.ts'
import { type Manifest, readManifest } from '../postgres/manifest.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import { readServerFacts, type ServerFacts } from '../postgres/server_facts.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import { createProgress } from '../terminal/progress.ts'
import { provideClientImage } from './image.ts'

export type SaveResult = {
  /** Only with --dry-run: nothing was done. */
  plan?: BaseBackupPlan & { estimated_bytes: number | null; free_bytes: number }
  folder: string
  metadata?: Metadata
  seconds: number
}

type Facts = {
  login: Settings
  server: ServerFacts
  image: ImageFacts
  ours: boolean
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
  const started = performance.now()
  const { log } = context
  log.step(`Connecting to ${settings.host}:${settings.port} as ${settings.user} …`)
  const facts = await gather(runtime, resolved, context)
  const plan = planBaseBackup({
    settings,
    server: facts.server,
    client: facts.image,
    now: new Date(),
    backupsDir: settings.backupsDir,
  })
  for (const note of plan.notes) log.warn(note)
  const estimate = estimateBackupBytes(facts.server.clusterBytes, plan.compression, facts.ratio)
  if (settings.dryRun) {
    const details = { ...plan, estimated_bytes: estimate ?? null, free_bytes: facts.free }
    return { plan: details, folder: plan.folder, seconds: 0 }
  }
  requireSpace(settings.backupsDir, estimate, facts.free)
  return withLock(settings.backupsDir, 'save', () =>
    recorded(
      settings.backupsDir,
      'save',
      async () => {
        await removeRemains(settings.backupsDir, log)
        const metadata = await perform(runtime, plan, facts, settings, context, started)
        return { folder: plan.folder, metadata, seconds: (performance.now() - started) / 1000 }
      },
      result => result.metadata.id,
    ),
  )
}

async function gather(runtime: Runtime, resolved: Resolved, context: Context): Promise<Facts> {
  const { settings } = resolved
  await mkdir(settings.backupsDir, { recursive: true, mode: 0o700 })
  const login = await withPassword(settings, context.prompt)
  const [server, { image, ours }, { bavail, bsize }, ratio] = await Promise.all([
    readServerFacts(login, context.signal),
    provideClientImage(runtime, resolved, context),
    statfs(settings.backupsDir),
    lastRatio(settings.backupsDir),
  ])
  if (image.major < server.major) {
    throw new ToolkitError('prerequisite', {
      what: `The server is PostgreSQL ${server.major}, the programs of ${image.image} are ${image.major}.`,
      why: 'pg_basebackup works with servers of its own major version and older ones.',
      hint: `Set IMAGE to one of PostgreSQL ${server.major}, for example IMAGE=postgres:${server.major}.`,
    })
  }
  return { login, server, image, ours, free: bavail * bsize, ratio }
}

/** How well the last backup here was compressed: the best guess for the next one. */
async function lastRatio(backupsDir: string): Promise<number | undefined> {
  const last = (await listBackups(backupsDir)).find(b => b.metadata)?.metadata
  return last && last.backup_size_bytes / last.cluster_size_bytes
}

function requireSpace(folder: string, estimate: number | undefined, free: number): void {
  if (estimate === undefined || estimate <= free) return
  throw new ToolkitError('space', {
    what: `Not enough space in ${folder}: the backup needs about ${formatBytes(estimate)}, ${formatBytes(free)} are free.`,
    hint: 'Delete an old backup (make list, make delete ID=…), or name another place: make save BACKUPS_DIR=/another/disk',
  })
}

/** What a killed run left: we hold the lock, so nobody is writing it. */
async function removeRemains(backupsDir: string, log: Context['log']): Promise<void> {
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
  started: number,
): Promise<Metadata> {
  const startedAt = new Date()
  try {
    await mkdir(plan.partial, { mode: 0o700 })
    context.log.step(`Saving ${describeSize(facts.server)} as ${plan.id} (${describeCompression(plan)}) …`)
    await copy(runtime, plan, facts, settings, context)
    context.log.step('Verifying …')
    const backup = await readBackupFolder(plan.partial)
    if (!backup?.manifestPath)
      throw new ToolkitError('verification', { what: 'pg_basebackup ended well, but wrote no backup.' })
    const place = { runtime, image: facts.image.image, signal: context.signal }
    const manifest = await readManifest(backup.manifestPath)
    const [problems, files] = await Promise.all([
      compareContents(backup, manifest, {
        place,
        deep: false,
        walSegmentBytes: facts.server.walSegmentBytes,
      }),
      hashFiles(backup, context.signal),
    ])
    if (problems.length > 0) {
      throw new ToolkitError('verification', {
        what: 'The new backup is not what its manifest says. It was not kept.',
        why: problems.join('\n'),
        hint: 'Check the disk (dmesg), then save again.',
      })
    }
    const document = describeBackup(plan, facts, settings, manifest, files, startedAt)
    context.signal.throwIfAborted()
    await writeDurably(join(plan.partial, 'metadata.json'), sealMetadata(document))
    await fsyncPath(plan.partial)
    await renameDurably(plan.partial, plan.folder)
    context.log.detail(`complete after ${formatDuration((performance.now() - started) / 1000)}`)
    return { ...document, metadata_sha256: '' }
  } catch (error) {
    await rm(plan.partial, { recursive: true, force: true })
    throw error
  }
}

const describeSize = (server: ServerFacts): string =>
  server.clusterBytes === undefined
    ? 'the cluster (its size may not be seen)'
    : formatBytes(server.clusterBytes)

async function copy(
  runtime: Runtime,
  plan: BaseBackupPlan,
  { login, image }: Facts,
  settings: Settings,
  context: Context,
): Promise<void> {
  const { signal } = context
  for (const { folder } of plan.tablespaceFolders) await mkdir(folder, { recursive: true, mode: 0o700 })
  const progress = await createProgress('Saving', context.progress)
  const stopWatching = watchBaseBackup(login, (done, total) => progress.update(done, total))
  try {
    const output = await withClientLogin(login, ({ env, folders }) =>
      runtime.run(
        {
          name: 'save',
          argv: plan.argv,
          as: 'caller',
          env,
          folders: [{ path: settings.backupsDir, mode: 'rw' }, ...folders],
          network: { reach: login.host, port: login.port },
          image: image.image,
        },
        { signal, onStderr: line => !/^\s*\d+\/\d+ kB/.test(line) && context.log.detail(line) },
      ),
    )
    if (output.code !== 0) throw explainFailure(output.code, output.stderr, settings)
  } finally {
    await stopWatching()
    progress.stop()
  }
  await relinkTablespaces(plan)
}

/** Links of a plain backup point into the folder that it was written in; relative ones survive its renaming. */
async function relinkTablespaces(plan: BaseBackupPlan): Promise<void> {
  for (const { oid, folder } of plan.tablespaceFolders) {
    const links = join(plan.partial, 'data', 'pg_tblspc')
    const temporary = join(links, `${oid}.partial`)
    await symlink(relative(links, folder), temporary)
    await unlink(join(links, oid))
    await rename(temporary, join(links, oid))
  }
}

function explainFailure(code: number, stderr: string, settings: Settings): ToolkitError {
  const why = stderr
    .split('\n')
    .filter(line => !/^\s*\d+\/\d+ kB/.test(line))
    .slice(-6)
    .join('\n')
  if (/No space left on device|Disk quota exceeded/i.test(stderr)) {
    return new ToolkitError('space', {
      what: `The disk of ${settings.backupsDir} filled up. The unfinished backup was removed.`,
      why,
      hint: 'Delete an old backup (make list, make delete ID=…), or name another place: make save BACKUPS_DIR=/another/disk',
    })
  }
  if (code === 137 || code === 143) {
    return new ToolkitError('failed', {
      what: 'pg_basebackup was killed. The unfinished backup was removed.',
      why: why || undefined,
      hint: 'If nobody did that, the machine may have run out of memory (dmesg). Save again.',
    })
  }
  if (
    /connection to server|server closed the connection|terminating connection|could not receive data/i.test(
      stderr,
    )
  ) {
    return new ToolkitError('connection', {
      what: 'The connection to the server broke during the backup. The unfinished backup was removed.',
      why,
      hint: 'make status and make logs tell how the server is. Save again when it is well.',
    })
  }
  return new ToolkitError('failed', { what: 'pg_basebackup failed. The unfinished backup was removed.', why })
}

async function hashFiles(backup: BackupFolder, signal: AbortSignal): Promise<Metadata['files']> {
  const files: Metadata['files'] = []
  for (const { name, path, bytes } of backup.archives) {
    files.push({ name, bytes, sha256: await sha256File(path, { signal }) })
  }
  if (backup.manifestPath) {
    const { size: bytes } = await import('node:fs/promises').then(fs => fs.stat(backup.manifestPath ?? ''))
    const name = relative(backup.folder, backup.manifestPath)
    files.push({ name, bytes, sha256: await sha256File(backup.manifestPath, { signal }) })
  }
  return files
}

function describeBackup(
  plan: BaseBackupPlan,
  { server, image, ours }: Facts,
  settings: Settings,
  manifest: Manifest,
  files: Metadata['files'],
  startedAt: Date,
): UnsignedMetadata {
  const now = new Date()
  const range = manifest.walRanges[0]
  const last = manifest.walRanges.at(-1)
  return {
    schema_version: 1,
    id: plan.id,
    kind: 'physical',
    type: 'full',
    parent_id: null,
    label: settings.label ?? null,
    environment: settings.environment,
    started_at: startedAt.toISOString(),
    backup_timestamp: now.toISOString(),
    duration_seconds: Number(((now.getTime() - startedAt.getTime()) / 1000).toFixed(3)),
    format: settings.format,
    files,
    backup_size_bytes:
      settings.format === 'plain' ? manifest.totalBytes : files.reduce((sum, f) => sum + f.bytes, 0),
    checksum_sha256: checksumOf(files),
    compression: plan.compression,
    encryption: null,
    postgresql_version: server.version,
    tool_versions: { pg_basebackup: image.version },
    server: {
      system_identifier: server.systemIdentifier,
      version_text: server.versionText,
      architecture: server.architecture,
      data_checksums: server.dataChecksums,
      encoding: server.encoding,
      collation: server.collation,
      libc: server.libc,
      timescaledb: server.timescaledb,
      ...(ours && {
        image: image.image,
        image_id: image.id,
        ...(image.digest && { image_digest: image.digest }),
      }),
    },
    start_lsn: range?.startLsn ?? '',
    end_lsn: last?.endLsn ?? '',
    timeline: last?.timeline ?? server.timeline,
    wal_segment_bytes: server.walSegmentBytes,
    tablespaces: server.tablespaces,
    cluster_size_bytes: manifest.totalBytes,
    cluster_files: manifest.files.size,
    verified: { at: now.toISOString(), level: 'contents', result: 'ok' },
  }
}
