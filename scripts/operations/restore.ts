import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { whileReading, withLock } from '../catalog/lock.ts'
import { explain, ToolkitError } from '../errors.ts'
import { asideOptions, heldNotes, notHeldNotes } from '../plan/recovery.ts'
import {
  describeRestore,
  ownTablespaces,
  parseTablespaceMapping,
  planRestore,
  type RestorePlan,
  restoreMisfit,
  unknownTablespaces,
} from '../plan/restore.ts'
import { tablespacesSeen } from '../plan/server.ts'
import { momentAfter } from '../plan/stamp.ts'
import { type ClusterRecord, writeClusterRecord } from '../postgres/cluster_record.ts'
import { type DataDirectory, folderBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import { type Recovered, recoverAside } from '../postgres/recover_aside.ts'
import type { Folder, ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { makeWord } from '../terminal/shell_words.ts'
import { chooseBackup } from './choose_backup.ts'
import { type Destination, ownDestination } from './destination.ts'
import { formerData } from './former.ts'
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
  mostRoom,
  refuseDeadLink,
  refuseMountPoint,
  refuseUnplaced,
  refuseUsedFolders,
  requireSpace,
} from './restore_room.ts'
import { checkArchives, describeSource } from './restore_source.ts'
import { recordOf } from './start.ts'

export type RestoreResult = {
  plan: RestorePlan
  done: boolean
  restored_bytes: number
  seconds: number
  /** Whether the database was running before and is running again. */
  started: boolean
  /** Where somebody else's server gets the data: what was found when its recovery was finished. */
  recovered?: Recovered
}

/** Where a restore goes. */
export type ChooseDestination = typeof ownDestination

type Facts = {
  backup: PhysicalBackup
  destination: Destination
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
  choose: ChooseDestination = ownDestination,
): Promise<RestoreResult> {
  await runtime.check(context.signal)
  const facts = await gather(runtime, resolved, context, choose)
  // What was checked has to be there until it is restored.
  return whileReading(facts.backup.contents.folder, () =>
    restoreBackup(runtime, facts, resolved.settings, context),
  )
}

async function restoreBackup(
  runtime: Runtime,
  facts: Facts,
  settings: Settings,
  context: Context,
): Promise<RestoreResult> {
  const started = performance.now()
  const plan = await makePlan(runtime, facts, settings, context)
  const bytes = plan.source.totalBytes
  const running = await facts.destination.isRunning(context.signal)
  context.log.step(describeRestore(plan, formatBytes(bytes), running))
  if (settings.dryRun) return { plan, done: false, restored_bytes: bytes, seconds: 0, started: false }
  if (!settings.force) await confirm(context.prompt, 'Go on?')
  return withLock(dirname(plan.target), 'restore', () =>
    recorded(
      settings.backupsDir,
      'restore',
      async () => {
        await removeRemains(runtime, plan.target, facts.destination.image, context.log)
        const named = settings.backupDir ?? plan.source.id
        const performed = await perform(runtime, plan, { ...facts, named }, context)
        const seconds = (performance.now() - started) / 1000
        return { plan, done: true, restored_bytes: bytes, seconds, ...performed }
      },
      () => plan.source.id,
    ),
  )
}

async function gather(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
  choose: ChooseDestination,
): Promise<Facts> {
  const { settings } = resolved
  const { signal } = context
  const backup = await chooseBackup(settings)
  const destination = await choose(runtime, resolved, backup.metadata, context)
  const { image, target } = destination
  refuseDeadLink(target)
  return { backup, destination, current: await inspectDataDirectory(runtime, image, target, signal) }
}

async function makePlan(
  runtime: Runtime,
  facts: Facts,
  settings: Settings,
  context: Context,
): Promise<RestorePlan> {
  const { backup, destination, current } = facts
  const { image, target } = destination
  context.log.step(`Checking ${backup.id} …`)
  await checkArchives(backup, context)
  const tablespaceMap = readTablespaceMap(settings.tablespaceMap)
  const room = await mostRoom(
    [settings.inPlace ? target : dirname(target), ...tablespaceMap.values()],
    settings.inPlace,
  )
  const source = await describeSource(runtime, backup, image, room, context)
  const misfit = restoreMisfit(source, image)
  if (misfit) throw new ToolkitError('prerequisite', misfit)
  refuseMountPoint(target, settings.inPlace, await isMountPoint(target))
  const unknown = unknownTablespaces(source, tablespaceMap)
  if (unknown.length > 0) {
    throw new ToolkitError('usage', {
      what: `TABLESPACE_MAP names ${unknown.join(', ')}, which ${backup.id} does not have.`,
      why: `Its tablespaces: ${source.tablespaces.map(t => `${t.oid} (${t.location})`).join(', ') || 'none'}.`,
    })
  }
  const plan = planRestore({
    kind: runtime.kind,
    source,
    image: destination.imageName ?? image.image,
    target,
    into: destination.words,
    seen: destination.seen,
    targetHoldsData: current.state === 'cluster' || current.state === 'foreign',
    inPlace: settings.inPlace,
    tablespaceMap,
    now: momentAfter(new Date(), [
      ...(await formerData(target)),
      ...current.tablespaces.map(t => t.location),
    ]),
  })
  refuseUnplaced(plan, destination)
  await refuseUsedFolders(plan)
  for (const { folder } of plan.tablespaces.filter(t => t.mapped)) {
    await runtime.provideAccess(folder, baseFolder)
  }
  await destination.refuseUse(context.signal)
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
  { backup, destination, current, named }: Facts & { named: string },
  context: Context,
): Promise<Pick<RestoreResult, 'started' | 'recovered'>> {
  const { image } = destination
  let stopped = false
  const stop = async () => {
    // Asked again: it may have been started while the question was open.
    if (!(await destination.isRunning(context.signal))) return
    stopped = true
    await destination.stop(context)
  }
  const startAgain = async () => {
    if (stopped) await startFormer(destination, context)
  }
  if (plan.inPlace) {
    await undoing(startAgain, async () => {
      await stop()
      context.signal.throwIfAborted()
    })
    await clear(runtime, plan, image, current, context)
  }
  const kept = keptFolders(plan)
  const undo = async () => {
    await removeFolders(runtime, plan, image, kept)
    if (!plan.inPlace) await startAgain()
  }
  let recovered: Recovered | undefined
  await undoing(undo, async () => {
    if (!plan.inPlace) return unpackAndSwap()
    await unpackAndSwap().catch(error => {
      throw withoutFormer(plan, named, error)
    })
  })
  context.log.step(`Restored size: ${formatBytes(plan.source.totalBytes)}`)
  const started = (stopped || destination.startsAlways) && (await startRestoredData(destination, context))
  return { started, ...(recovered && { recovered }) }

  async function unpackAndSwap(): Promise<void> {
    await destination.provide?.()
    await makeFolders(runtime, plan, image)
    await fill(runtime, plan, backup, image, context)
    if (destination.recoversAside) recovered = await recover(runtime, plan, destination, context)
    else await writeClusterRecord(plan.staging, describeCluster(runtime, plan, image))
    if (!plan.inPlace) await stop()
    context.signal.throwIfAborted()
    await swapFolders(plan)
  }
}

/** A server that we do not start with settings of ours gets data that needs no recovery any more. */
async function recover(
  runtime: Runtime,
  plan: RestorePlan,
  destination: Destination,
  { log, signal }: Context,
): Promise<Recovered> {
  const { image, roles } = destination
  log.step('Recovering, aside …')
  const directory = await inspectDataDirectory(runtime, image, plan.staging, signal)
  const folders: Folder[] = [
    { path: plan.staging, mode: 'rw' },
    ...plan.tablespaces.map(({ folder, seenAs }) => ({ path: folder, seenAs, mode: 'rw' as const })),
  ]
  const place = { data: plan.staging, folders, roles }
  const recovered = await recoverAside(runtime, image, place, asideOptions(directory, image), signal)
  for (const note of heldNotes(recovered)) log.warn(note)
  for (const note of notHeldNotes(recovered, destination.options)) log.warn(note)
  await destination.prepare?.(plan.staging, signal)
  return recovered
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
async function startFormer(destination: Destination, context: Context): Promise<void> {
  const unhurried = { ...context, signal: new AbortController().signal }
  await destination
    .startFormer(unhurried)
    .catch(error => context.log.warn(`The database could not be started again: ${(error as Error).message}`))
}

/** From here on there is nothing to take back: who interrupts finds the restored data, and no server. */
async function startRestoredData(destination: Destination, context: Context): Promise<boolean> {
  try {
    await destination.startRestored(context)
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
  image: ImageFacts,
  current: DataDirectory,
  { log, signal }: Context,
): Promise<void> {
  if (!existsSync(target)) return
  log.step(`Deleting what is in ${target} …`)
  const folders = await formerData(target)
  const formers = await Promise.all(folders.map(f => inspectDataDirectory(runtime, image, f, signal)))
  await clearFolder(runtime, image, target)
  await removeTablespaces(
    runtime,
    image,
    target,
    ownTablespaces(tablespacesSeen(runtime.kind, target), current, formers),
  )
}

async function fill(
  runtime: Runtime,
  plan: RestorePlan,
  backup: PhysicalBackup,
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
  const elsewhere = plan.tablespaces.filter(t => t.mapped)
  return {
    ...recordOf(image, runtime),
    restored_from: plan.source.id,
    restored_at: new Date().toISOString(),
    tablespaces: elsewhere.map(({ oid, folder, seenAs }) => ({ oid, source: folder, target: seenAs })),
  }
}
