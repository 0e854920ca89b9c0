import { basename, dirname } from 'node:path'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import { describeUndo, planUndo, type UndoPlan } from '../plan/undo_restore.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { folderBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { shellWord } from '../terminal/shell_words.ts'
import { formerData } from './former.ts'
import { swapFolders } from './restore_folders.ts'
import { startDatabase } from './start.ts'
import { refuseForeign, refuseOtherRuntime, refuseOtherServers } from './start_refusals.ts'
import { stopDatabase } from './stop.ts'

export type UndoResult = {
  data_dir: string
  /** The folder that came back. */
  back: string
  /** Where the data that was in its place is now; null where there was none. */
  kept: string | null
  done: boolean
  started: boolean
  /** What came back was restored itself once: TimescaleDB's jobs wait for `make restart`. */
  jobs_held: boolean
}

/**
 * It was the wrong backup: puts the data from before the last restore back, and keeps what the restore gave. By
 * renaming, so an abort leaves the one or the other; nothing is deleted.
 * @throws ToolkitError usage, prerequisite, locked, failed, interrupted
 */
export async function undoRestore(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<UndoResult> {
  const { settings } = resolved
  const { log, signal } = context
  await runtime.check(signal)
  const status = await runtime.server.status(settings, signal)
  refuseForeign(status, settings)
  const plan = await gather(runtime, settings, signal)
  const bytes = await folderBytes(runtime, await imageOf(plan.staging, settings), plan.staging, signal)
  const restoredFrom = (await readClusterRecord(plan.target))?.restored_from
  log.step(describeUndo(plan, formatBytes(bytes), restoredFrom, status.state === 'running'))
  const jobsHeld = (await readClusterRecord(plan.staging))?.restored_from !== undefined
  const result = { data_dir: plan.target, back: plan.staging, kept: plan.former ?? null, jobs_held: jobsHeld }
  if (settings.dryRun) return { ...result, done: false, started: false }
  if (!settings.force) await confirm(context.prompt, 'Go on?')
  return withLock(dirname(plan.target), 'undo-restore', () =>
    recorded(
      settings.backupsDir,
      'undo-restore',
      async () => {
        const started = await perform(runtime, resolved, context, plan, jobsHeld)
        return { ...result, done: true, started }
      },
      () => undefined,
    ),
  )
}

const imageOf = async (folder: string, settings: Settings): Promise<{ image: string }> => ({
  image: (await readClusterRecord(folder))?.image ?? settings.image,
})

async function gather(runtime: Runtime, settings: Settings, signal: AbortSignal): Promise<UndoPlan> {
  const { dataDir } = settings
  refuseOtherRuntime(runtime.kind, await readClusterRecord(dataDir), dataDir)
  const formers = await formerData(dataDir)
  const look = async (path: string) =>
    inspectDataDirectory(runtime, await imageOf(path, settings), path, signal)
  const { state } = await look(dataDir)
  const plan = planUndo(dataDir, formers, state === 'cluster' || state === 'foreign', new Date())
  if (plan === undefined) {
    throw new ToolkitError('usage', {
      what: `There is no former data beside ${dataDir}.`,
      why: 'Nothing was restored here, or make discard-former has deleted what was there before.',
      hint: 'make list shows the backups.',
    })
  }
  const { control } = await look(plan.staging)
  if (control === undefined) {
    throw new ToolkitError('prerequisite', {
      what: `${plan.staging} is no whole cluster.`,
      why: 'It has no control file that can be read.',
      hint: `Nothing was changed. Look at it: sudo ls -la ${shellWord(plan.staging)}`,
    })
  }
  await refuseOtherServers(runtime, dataDir, settings.container, signal)
  await refuseOtherServers(runtime, plan.staging, '', signal)
  // On this machine a server is known by its data directory.
  const looking = await runtime.server.status({ container: '', dataDir: plan.staging }, signal)
  if (looking.state === 'running') {
    throw new ToolkitError('prerequisite', {
      what: `A server is running on ${plan.staging}.`,
      hint: `Stop it first: make stop DATA_DIR='${plan.staging}'`,
    })
  }
  return plan
}

/** Gives whether the database runs afterwards: it does where it did before. */
async function perform(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
  plan: UndoPlan,
  holdJobs: boolean,
): Promise<boolean> {
  const { settings } = resolved
  const { stopped } = await stopDatabase(runtime, settings, context)
  const start = (unhurried: Context, hold: boolean) =>
    startDatabase(runtime, resolved, unhurried, { existingOnly: true, locked: true, holdJobs: hold })
  try {
    context.signal.throwIfAborted()
    await swapFolders(plan)
  } catch (error) {
    const unhurried = { ...context, signal: new AbortController().signal }
    if (stopped) await start(unhurried, false).catch(problem => context.log.warn((problem as Error).message))
    throw error
  }
  context.log.step(`${basename(plan.staging)} is back.`)
  if (stopped) await start(context, holdJobs)
  return stopped
}
