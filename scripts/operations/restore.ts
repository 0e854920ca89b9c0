import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, rmdir, stat, statfs } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { type Backup, findBackup, listBackups } from '../catalog/catalog.ts'
import { fsyncPath } from '../catalog/durable.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import {
  describeRestore,
  parseTablespaceMapping,
  planRestore,
  type RestorePlan,
  restoreMisfit,
} from '../plan/restore.ts'
import { restoredBytes } from '../plan/space.ts'
import { recordPath, writeClusterRecord } from '../postgres/cluster_record.ts'
import { type DataDirectory, inspectDataDirectory } from '../postgres/data_directory.ts'
import type { ImageFacts, Runtime, ServerStatus } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { provideRestoreImage } from './image.ts'
import { clearDataDirectory, fillDataDirectory, finishDataDirectory } from './restore_files.ts'
import { checkArchives, describeSource } from './restore_source.ts'
import { startDatabase } from './start.ts'
import { stopDatabase } from './stop.ts'

export type RestoreResult = {
  plan: RestorePlan
  done: boolean
  restored_bytes: number
  seconds: number
  /** Whether the database was running before and is running again. */
  started: boolean
}

type Facts = {
  backup: Backup
  image: ImageFacts
  status: ServerStatus
  current: DataDirectory
}

/**
 * Restores a base backup beside the data directory and swaps it in by renaming. Until that rename the former data
 * is untouched, and afterwards it is kept.
 * @throws ToolkitError space, verification, usage, prerequisite, locked, failed, interrupted
 */
export async function restoreCluster(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<RestoreResult> {
  const { settings } = resolved
  const started = performance.now()
  await runtime.check(context.signal)
  const facts = await gather(runtime, resolved, context)
  const plan = await makePlan(runtime, facts, settings, context)
  const bytes = plan.source.totalBytes
  const running = facts.status.state === 'running' && facts.status.dataDir === plan.target
  context.log.step(describeRestore(plan, formatBytes(bytes), running))
  if (settings.dryRun) return { plan, done: false, restored_bytes: bytes, seconds: 0, started: false }
  if (!settings.force) await confirm(context.prompt, 'Go on?')
  return withLock(dirname(plan.target), 'restore', () =>
    recorded(
      settings.backupsDir,
      'restore',
      async () => {
        await removeRemains(runtime, plan, facts.image, context)
        const isRunning = await perform(runtime, plan, facts, resolved, context, running)
        const seconds = (performance.now() - started) / 1000
        return { plan, done: true, restored_bytes: bytes, seconds, started: isRunning }
      },
      () => plan.source.id,
    ),
  )
}

async function gather(runtime: Runtime, resolved: Resolved, context: Context): Promise<Facts> {
  const { settings } = resolved
  const { signal } = context
  if (!settings.backupDir) {
    const known = await listBackups(settings.backupsDir)
    throw new ToolkitError('usage', {
      what: 'Which backup?',
      why:
        known
          .slice(0, 5)
          .map(b => b.id)
          .join('\n') || `There is none in ${settings.backupsDir}.`,
      hint: 'make restore BACKUP_DIR=latest, or one of make list.',
    })
  }
  const backup = await findBackup(settings.backupsDir, settings.backupDir)
  if (backup.damage) {
    throw new ToolkitError('verification', {
      what: `${backup.id} cannot be trusted: ${backup.damage}.`,
      hint: 'make list shows others. If there is nothing else: rename its folder and remove metadata.json;\nit then restores as a foreign backup, checked against its manifest only.',
    })
  }
  const target = settings.target ?? settings.dataDir
  const status = await runtime.server.status(settings.container, signal)
  const image = await provideRestoreImage(runtime, resolved, backup.metadata, context)
  return { backup, image, status, current: await inspectDataDirectory(runtime, image, target, signal) }
}

async function makePlan(
  runtime: Runtime,
  facts: Facts,
  settings: Settings,
  context: Context,
): Promise<RestorePlan> {
  const { backup, image, current } = facts
  const target = settings.target ?? settings.dataDir
  context.log.step(`Checking ${backup.id} …`)
  await checkArchives(backup, context)
  const source = await describeSource(runtime, backup, image, context)
  const misfit = restoreMisfit(source, image)
  if (misfit) throw new ToolkitError('prerequisite', misfit)
  refuseMountPoint(target, settings.inPlace, await isMountPoint(target))
  const plan = planRestore({
    source,
    image: image.image,
    target,
    targetHoldsData: current.state === 'cluster' || current.state === 'foreign',
    inPlace: settings.inPlace,
    tablespaceMap: readTablespaceMap(settings.tablespaceMap),
    now: new Date(),
  })
  await refuseUsedFolders(plan)
  if (!plan.inPlace) await requireSpace(target, restoredBytes(source.totalBytes))
  return plan
}

function readTablespaceMap(text: string | undefined): Map<string, string> {
  if (text === undefined) return new Map()
  try {
    return parseTablespaceMapping(text, path => resolve(baseFolder, path))
  } catch (error) {
    throw new ToolkitError('usage', { what: `TABLESPACE_MAP: ${(error as Error).message}.` })
  }
}

async function isMountPoint(path: string): Promise<boolean> {
  if (!existsSync(path)) return false
  const [here, above] = await Promise.all([stat(path), stat(dirname(path))])
  return here.dev !== above.dev
}

/** A mount point cannot be renamed, and the folder beside it is on another disk. */
function refuseMountPoint(target: string, inPlace: boolean, mounted: boolean): void {
  if (!mounted || inPlace) return
  throw new ToolkitError('usage', {
    what: `${target} is a disk of its own, so the former data cannot be kept beside it.`,
    hint: 'IN_PLACE=1 deletes what is there and restores into it. Or restore to another folder: TARGET=…',
  })
}

async function refuseUsedFolders(plan: RestorePlan): Promise<void> {
  for (const { oid, folder } of plan.tablespaces) {
    const entries = await readdir(folder).catch(() => [] as string[])
    if (entries.length === 0) continue
    throw new ToolkitError('usage', {
      what: `The folder ${folder} for tablespace ${oid} is not empty.`,
      hint: 'Name an empty one in TABLESPACE_MAP, or none at all.',
    })
  }
}

async function requireSpace(target: string, needed: number): Promise<void> {
  let folder = target
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize >= needed) return
  throw new ToolkitError('space', {
    what: `Not enough space in ${folder}: the restored cluster needs ${formatBytes(needed)}, ${formatBytes(bavail * bsize)} are free.`,
    hint: 'Free some space (make discard-former deletes data from before earlier restores), restore to another\ndisk with TARGET=…, or let IN_PLACE=1 delete the present data first.',
  })
}

/** Staging folders of a run that was killed: we hold the lock, so nobody is writing them. */
async function removeRemains(
  runtime: Runtime,
  plan: RestorePlan,
  image: ImageFacts,
  context: Context,
): Promise<void> {
  const parent = dirname(plan.target)
  const names = await readdir(parent)
  for (const name of names.filter(n => n.startsWith(`${basename(plan.target)}.restoring-`))) {
    context.log.warn(`Removing ${name}, which an earlier run left unfinished.`)
    await removeFolder(runtime, image, resolve(parent, name))
  }
}

/** Its files belong to the postgres user, the folder itself to us. */
export async function removeFolder(
  runtime: Runtime,
  image: Pick<ImageFacts, 'image'>,
  folder: string,
): Promise<void> {
  if (!existsSync(folder)) return
  await clearDataDirectory(runtime, image, folder)
  await rmdir(folder).catch(() => rm(folder, { recursive: true, force: true }))
}

async function perform(
  runtime: Runtime,
  plan: RestorePlan,
  facts: Facts,
  resolved: Resolved,
  context: Context,
  running: boolean,
): Promise<boolean> {
  const { settings } = resolved
  const { image, backup } = facts
  const stop = () => stopDatabase(runtime, settings, context)
  if (running && plan.inPlace) await stop()
  try {
    await fill(runtime, plan, backup, image, context)
  } catch (error) {
    await undo(runtime, plan, image)
    throw error
  }
  if (running && !plan.inPlace) await stop()
  await swap(plan)
  await describeCluster(runtime, plan, image)
  context.log.step(`Restored size: ${formatBytes(plan.source.totalBytes)}`)
  if (!running) return false
  await startDatabase(runtime, resolved, context, { existingOnly: true, holdJobs: true })
  return true
}

async function fill(
  runtime: Runtime,
  plan: RestorePlan,
  backup: Backup,
  image: ImageFacts,
  context: Context,
): Promise<void> {
  const started = performance.now()
  if (plan.inPlace && existsSync(plan.target)) {
    context.log.step(`Deleting what is in ${plan.target} …`)
    await clearDataDirectory(runtime, image, plan.target)
    await requireSpace(plan.target, restoredBytes(plan.source.totalBytes))
  }
  const wal = plan.source.format === 'tar' ? [join(plan.staging, 'pg_wal')] : []
  for (const folder of [plan.staging, ...wal, ...plan.tablespaces.map(t => t.folder)]) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  }
  const files = await fillDataDirectory(runtime, plan, backup, image, context)
  context.log.step(
    `Extracted ${files} files (${formatBytes(plan.source.totalBytes)}) in ${formatDuration((performance.now() - started) / 1000)}. Finishing …`,
  )
  await finishDataDirectory(runtime, plan, backup, image, context)
  context.signal.throwIfAborted()
}

async function undo(runtime: Runtime, plan: RestorePlan, image: ImageFacts): Promise<void> {
  for (const { folder } of plan.tablespaces) await removeFolder(runtime, image, folder)
  // In place there is no former state to go back to; what is there cannot start, for its control file is last.
  if (plan.inPlace) await clearDataDirectory(runtime, image, plan.target)
  else await removeFolder(runtime, image, plan.staging)
}

/** Renames within one folder. They take a moment, and an interruption is not looked at between them. */
async function swap(plan: RestorePlan): Promise<void> {
  if (plan.inPlace) return
  const record = recordPath(plan.target)
  if (plan.former) {
    if (existsSync(record)) await rename(record, recordPath(plan.former))
    await rename(plan.target, plan.former)
  } else if (existsSync(plan.target)) {
    await rmdir(plan.target)
  }
  await rename(plan.staging, plan.target)
  await fsyncPath(dirname(plan.target))
}

async function describeCluster(runtime: Runtime, plan: RestorePlan, image: ImageFacts): Promise<void> {
  const elsewhere = plan.tablespaces.filter(t => t.folder === t.seenAs)
  await writeClusterRecord(plan.target, {
    image: image.image,
    image_id: image.id,
    ...(image.digest && { image_digest: image.digest }),
    postgresql_version: image.version,
    libc: image.libc,
    libc_version: image.libcVersion,
    timescaledb_edition: image.timescaledbEdition,
    runtime: runtime.kind,
    restored_from: plan.source.id,
    restored_at: new Date().toISOString(),
    tablespaces: elsewhere.map(({ oid, folder, seenAs }) => ({ oid, source: folder, target: seenAs })),
  })
}
