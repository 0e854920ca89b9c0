import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type Backup, findBackup, listBackups } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { explain, ToolkitError } from '../errors.ts'
import {
  describeRestore,
  ownTablespaces,
  parseTablespaceMapping,
  planRestore,
  type RestorePlan,
  restoreMisfit,
  unknownTablespaces,
} from '../plan/restore.ts'
import { type ClusterRecord, writeClusterRecord } from '../postgres/cluster_record.ts'
import { type DataDirectory, folderBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import type { ImageFacts, Runtime, ServerStatus } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { makeWord } from '../terminal/shell_words.ts'
import { formerData } from './former.ts'
import { provideRestoreImage } from './image.ts'
import { fillDataDirectory, finishDataDirectory } from './restore_files.ts'
import {
  clearFolder,
  keptFolders,
  makeFolders,
  removeFolders,
  removeRemains,
  removeTablespaces,
  swapFolders,
} from './restore_folders.ts'
import {
  isMountPoint,
  refuseDeadLink,
  refuseMountPoint,
  refuseUsedFolders,
  requireSpace,
} from './restore_room.ts'
import { checkArchives, describeSource } from './restore_source.ts'
import { recordOf, startDatabase } from './start.ts'
import { refuseOtherServers } from './start_refusals.ts'
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
        await removeRemains(runtime, plan.target, facts.image, context.log)
        const isRunning = await perform(runtime, plan, facts, resolved, context)
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
  refuseDeadLink(target)
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
  const tablespaceMap = readTablespaceMap(settings.tablespaceMap)
  const unknown = unknownTablespaces(source, tablespaceMap)
  if (unknown.length > 0) {
    throw new ToolkitError('usage', {
      what: `TABLESPACE_MAP names ${unknown.join(', ')}, which ${backup.id} does not have.`,
      why: `Its tablespaces: ${source.tablespaces.map(t => `${t.oid} (${t.location})`).join(', ') || 'none'}.`,
    })
  }
  const plan = planRestore({
    source,
    image: image.image,
    target,
    targetHoldsData: current.state === 'cluster' || current.state === 'foreign',
    inPlace: settings.inPlace,
    tablespaceMap,
    now: new Date(),
  })
  await refuseUsedFolders(plan)
  await refuseOtherServers(runtime, target, settings.container, context.signal)
  const freed =
    plan.inPlace && existsSync(target) ? await folderBytes(runtime, image, target, context.signal) : 0
  await requireSpace(plan, backup, freed)
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

async function perform(
  runtime: Runtime,
  plan: RestorePlan,
  facts: Facts,
  resolved: Resolved,
  context: Context,
): Promise<boolean> {
  const { image, backup } = facts
  let stopped = false
  const stop = async () => {
    // Asked again: it may have been started while the question was open.
    const { state, dataDir } = await runtime.server.status(resolved.settings.container, context.signal)
    if (state !== 'running' || dataDir !== plan.target) return
    await stopDatabase(runtime, resolved.settings, context)
    stopped = true
  }
  const startAgain = async () => {
    if (stopped) await startFormer(runtime, resolved, context)
  }
  if (plan.inPlace) {
    await undoing(startAgain, async () => {
      await stop()
      context.signal.throwIfAborted()
    })
    await clear(runtime, plan, facts, context)
  }
  const kept = keptFolders(plan)
  const undo = async () => {
    await removeFolders(runtime, plan, image, kept)
    if (!plan.inPlace) await startAgain()
  }
  await undoing(undo, async () => {
    if (!plan.inPlace) return unpackAndSwap()
    await unpackAndSwap().catch(error => {
      throw withoutFormer(plan, resolved.settings.backupDir ?? plan.source.id, error)
    })
  })
  context.log.step(`Restored size: ${formatBytes(plan.source.totalBytes)}`)
  return stopped && startRestoredData(runtime, resolved, context)

  async function unpackAndSwap(): Promise<void> {
    await makeFolders(runtime, plan, image)
    await fill(runtime, plan, backup, image, context)
    await writeClusterRecord(plan.staging, describeCluster(runtime, plan, image))
    if (!plan.inPlace) await stop()
    context.signal.throwIfAborted()
    await swapFolders(plan)
  }
}

/** IN_PLACE=1 has no former data to go back to. `named` is the backup as the user named it. */
function withoutFormer(plan: RestorePlan, named: string, error: unknown): ToolkitError {
  const { kind, message, why } = explain(error)
  return new ToolkitError(kind === 'interrupted' ? 'failed' : kind, {
    what: `The restore was cut off, and IN_PLACE=1 had deleted the former data: ${plan.target} is empty.`,
    why: [message, why].filter(Boolean).join('\n'),
    hint: `Restore again: make restore ${makeWord('BACKUP_DIR', named)} IN_PLACE=1`,
    lasting: true,
    cause: error,
  })
}

async function undoing(undo: () => Promise<void>, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await undo()
    throw error
  }
}

/** Something went wrong after the database was stopped: the former data is what it is to go on with. */
async function startFormer(runtime: Runtime, resolved: Resolved, context: Context): Promise<void> {
  const unhurried = { ...context, signal: new AbortController().signal }
  await startDatabase(runtime, resolved, unhurried, { existingOnly: true, locked: true }).catch(error =>
    context.log.warn(`The database could not be started again: ${(error as Error).message}`),
  )
}

/** From here on there is nothing to take back: who interrupts finds the restored data, and no server. */
async function startRestoredData(runtime: Runtime, resolved: Resolved, context: Context): Promise<boolean> {
  try {
    await startDatabase(runtime, resolved, context, { existingOnly: true, holdJobs: true, locked: true })
    return true
  } catch (error) {
    if (!context.signal.aborted) throw error
    context.log.warn('The restore was complete before the interruption; the database is not started.')
    return false
  }
}

/** Deletes the present cluster, with those of its tablespaces that no former one uses. */
async function clear(
  runtime: Runtime,
  { target }: RestorePlan,
  { image, current }: Facts,
  { log, signal }: Context,
): Promise<void> {
  if (!existsSync(target)) return
  log.step(`Deleting what is in ${target} …`)
  const folders = await formerData(target)
  const formers = await Promise.all(folders.map(f => inspectDataDirectory(runtime, image, f, signal)))
  await clearFolder(runtime, image, target)
  await removeTablespaces(runtime, image, target, ownTablespaces(current, formers))
}

async function fill(
  runtime: Runtime,
  plan: RestorePlan,
  backup: Backup,
  image: ImageFacts,
  context: Context,
): Promise<void> {
  const started = performance.now()
  const files = await fillDataDirectory(runtime, plan, backup, image, context)
  context.log.step(
    `Extracted ${files} files (${formatBytes(plan.source.totalBytes)}) in ${formatDuration((performance.now() - started) / 1000)}. Finishing …`,
  )
  await finishDataDirectory(runtime, plan, backup, image, context)
}

function describeCluster(runtime: Runtime, plan: RestorePlan, image: ImageFacts): ClusterRecord {
  const elsewhere = plan.tablespaces.filter(t => t.folder === t.seenAs)
  return {
    ...recordOf(image, runtime),
    restored_from: plan.source.id,
    restored_at: new Date().toISOString(),
    tablespaces: elsewhere.map(({ oid, folder, seenAs }) => ({ oid, source: folder, target: seenAs })),
  }
}
