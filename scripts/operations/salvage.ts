import { existsSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { listPhysical } from '../catalog/catalog.ts'
import { fsyncPath, makeFolder } from '../catalog/durable.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import {
  isGuessed,
  isWalLost,
  type ResetMode,
  resetArgv,
  resetOptions,
  wantsForce,
} from '../plan/reset_wal.ts'
import {
  afterwards,
  describeSalvage,
  destroyed,
  planTablespaces,
  type SalvagePlan,
  salvageNames,
  salvageRemain,
} from '../plan/salvage.ts'
import { readClusterRecord, recordPath, writeClusterRecord } from '../postgres/cluster_record.ts'
import { inspectDataDirectory } from '../postgres/data_directory.ts'
import { portIsFree } from '../runtime/port.ts'
import type { Output } from '../runtime/process.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'
import { baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirmWord } from '../terminal/prompt.ts'
import { provideImage } from './image.ts'
import { removeFolder } from './restore_folders.ts'
import { copyCluster, lookInto, programName, readControl } from './salvage_copy.ts'
import { refuseIncomplete, refuseRunning, refuseUnfit, requireRoom } from './salvage_refusals.ts'
import { recordOf } from './start.ts'

export type SalvageResult = {
  plan: SalvagePlan
  done: boolean
  copy?: string
  /** What pg_resetwal had to be forced for. */
  forced?: 'unclean' | 'guessed' | 'no'
  destroyed: readonly string[]
  afterwards?: ReturnType<typeof afterwards>
}

type Facts = { image: ImageFacts; engine: string; files: number }

/** Typed by the user; nothing on the command line stands for it. */
const word = 'salvage'

/**
 * The last resort for a cluster that does not start and has no backup: a copy of it, with a new WAL by pg_resetwal.
 * The original is never written to.
 * @throws ToolkitError space, usage, prerequisite, locked, failed, interrupted
 */
export async function salvageCluster(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<SalvageResult> {
  const { settings } = resolved
  await sayBackupsFirst(settings, context)
  const { engine } = await runtime.check(context.signal)
  const target = settings.target ?? settings.dataDir
  if (target.startsWith('volume:')) {
    throw new ToolkitError('usage', {
      what: 'salvage works on a folder, not on a volume.',
      hint: 'Copy the volume’s data into a folder first, with owners and modes (cp -a), and name that one in TARGET.',
    })
  }
  await refuseNowhere(target)
  const { plan, facts } = await prepare(runtime, resolved, target, engine, context)
  context.log.step(describeSalvage(plan, formatBytes(plan.bytes)))
  await requireRoom(plan)
  if (settings.dryRun) return { plan, done: false, destroyed }
  if (settings.force) context.log.warn('FORCE does not answer this one.')
  await confirmWord(context.prompt, word, 'make salvage')
  return withLock(dirname(target), 'salvage', () =>
    recorded(
      settings.backupsDir,
      'salvage',
      async () => {
        await removeRemains(runtime, target, facts.image, context.log)
        // Asked again: it may have been started while the question was open.
        await refuseRunning(runtime, settings, target, context)
        const forced = await perform(runtime, plan, facts, context)
        return {
          plan,
          done: true,
          copy: plan.copy,
          forced,
          destroyed,
          afterwards: await next(settings, plan, facts, runtime),
        }
      },
      () => undefined,
    ),
  )
}

/** What a restore brings back is whole, and what salvage brings back is not. */
async function sayBackupsFirst({ backupsDir }: Settings, { log }: Context): Promise<void> {
  const backups = await listPhysical(backupsDir).catch((error: Error) => error)
  if (backups instanceof Error) {
    log.warn(`Whether there are backups in ${backupsDir} cannot be seen: ${backups.message}`)
    return
  }
  const [latest] = backups.filter(b => b.damage === undefined)
  if (latest === undefined) {
    log.warn(
      `There is no backup in ${backupsDir}. Is there one anywhere else? It is worth more than what follows.`,
    )
    return
  }
  log.warn(
    `There are backups: make list shows ${backups.length}, the latest of ${latest.at.toISOString().slice(0, 16)}Z.\nmake restore BACKUP_DIR=latest brings back a cluster that is whole; what follows does not.`,
  )
}

async function refuseNowhere(target: string): Promise<void> {
  await stat(target).catch(error => {
    throw new ToolkitError('usage', {
      what: `There is no data directory ${target}.`,
      why: (error as Error).message,
      hint: 'Name the one that does not start: make salvage TARGET=/path/to/it',
    })
  })
}

async function prepare(
  runtime: Runtime,
  { settings, sources }: Resolved,
  target: string,
  engine: string,
  context: Context,
): Promise<{ plan: SalvagePlan; facts: Facts }> {
  const { signal, log } = context
  await refuseRunning(runtime, settings, target, context)
  const record = await readClusterRecord(target)
  const major = Number.parseInt(await readFile(join(target, 'PG_VERSION'), 'utf8').catch(() => ''), 10)
  const named = sources.image !== 'default'
  const wish = { settings, named, record, mayBuild: record === undefined }
  const image = await provideImage(runtime, Number.isInteger(major) ? { ...wish, major } : wish, context)
  const inspected = await inspectDataDirectory(runtime, image, target, signal)
  refuseUnfit(runtime.kind, image, inspected, record, target)
  const names = salvageNames(target, new Date())
  const mapped = record?.tablespaces ?? []
  const tablespaces = planTablespaces({
    ...{ kind: runtime.kind, target, copy: names.copy, mapped },
    links: inspected.tablespaces,
  })
  refuseAbsent(target, tablespaces)
  const look = await lookInto(runtime, image, target, tablespaces, signal)
  refuseIncomplete(target, look)
  const { control, text } = await readControl(runtime, image, target, signal)
  log.detail(text)
  if (look.pidFile)
    log.warn(
      'postmaster.pid is there: the server was killed, or it runs where we cannot see it (another machine). Be sure.',
    )
  if (control?.state === 'shut down')
    log.warn('The control file says that the server was shut down in good order. What does make start say?')
  const plan: SalvagePlan = {
    target,
    ...names,
    image: image.image,
    state: control?.state ?? 'unknown',
    control: control ? 'in order' : 'lost',
    wal: isWalLost(control, look.counters) ? 'lost' : 'there',
    tablespaces,
    bytes: look.bytes,
    options: resetOptions(control, look.counters),
  }
  return { plan, facts: { image, engine, files: look.files } }
}

/** A folder that is not there cannot be given to a container. */
function refuseAbsent(target: string, tablespaces: SalvagePlan['tablespaces']): void {
  const absent = tablespaces.filter(t => !existsSync(t.within)).map(t => t.from)
  refuseIncomplete(target, { links: [], absent })
}

/** Copy, prove, reset, describe, and only then give it its name. */
async function perform(runtime: Runtime, plan: SalvagePlan, facts: Facts, context: Context) {
  const { log, signal } = context
  const { image, files } = facts
  // Names have seconds: the second of two runs within one would take the name of the first.
  if (existsSync(plan.copy)) {
    throw new ToolkitError('locked', { what: `${plan.copy} was made this very second.`, hint: 'Try again.' })
  }
  try {
    await makeFolder(plan.partial)
    if (plan.tablespaces.length > 0) await makeFolder(clusterFolders(plan.copy).tablespaces)
    await runtime.provideAccess(plan.partial, baseFolder)
    log.step(`Copying ${formatBytes(plan.bytes)} …`)
    await copyCluster(runtime, plan, image, files, context)
    const forced = await reset(runtime, plan, image, context)
    const marks = { salvaged_at: new Date().toISOString(), salvaged_from: plan.target }
    await writeClusterRecord(plan.copy, { ...recordOf(image, runtime), ...marks })
    signal.throwIfAborted()
    await rename(plan.partial, plan.copy)
    await fsyncPath(dirname(plan.copy))
    return forced
  } catch (error) {
    await removeCopy(runtime, image, plan.partial)
    throw error
  }
}

/** pg_resetwal, first without doing anything, then without force, and with it only where it asks for that. */
async function reset(
  runtime: Runtime,
  plan: SalvagePlan,
  image: ImageFacts,
  { log, signal }: Context,
): Promise<'unclean' | 'guessed' | 'no'> {
  const run = (mode: ResetMode): Promise<Output> =>
    runtime.run(
      {
        name: programName,
        argv: resetArgv(plan.partial, plan.options, mode),
        as: 'postgres',
        folders: [{ path: plan.partial, mode: 'rw' }],
        env: { LC_ALL: 'C' },
        image: image.image,
      },
      { signal },
    )
  const words = ({ stdout, stderr }: Output) => [stdout, stderr].filter(Boolean).join('\n')
  const failed = (output: Output) =>
    new ToolkitError('failed', {
      what: 'pg_resetwal could not give the copy a new WAL.',
      why: words(output).split('\n').slice(-6).join('\n'),
      hint: 'The original is as it was, and nothing was kept of the copy.',
    })
  const trial = await run('dry-run')
  log.step(`pg_resetwal --dry-run on the copy:\n${words(trial).replace(/^/gm, '  ')}`)
  if (trial.code !== 0) throw failed(trial)
  if (isGuessed(trial.stdout))
    log.warn(
      'The control file is lost or damaged: pg_resetwal guesses what it held, and we give it the counters.',
    )
  const careful = await run('careful')
  if (careful.code === 0) return 'no'
  const why = wantsForce(words(careful))
  if (why === undefined) throw failed(careful)
  log.warn(
    `pg_resetwal wants to be forced (-f), because ${why === 'unclean' ? 'the server was not shut down cleanly' : 'the values are guessed'}. Its words:\n${words(careful).split('\n').slice(-3).join('\n').replace(/^/gm, '  ')}`,
  )
  const forced = await run('force')
  if (forced.code !== 0) throw failed(forced)
  return why
}

/** The copy's folder is the last to go, so that what a kill leaves of it is found again. */
async function removeCopy(runtime: Runtime, image: ImageFacts, partial: string): Promise<void> {
  const copy = partial.slice(0, -'.partial'.length)
  const { tablespaces } = clusterFolders(copy)
  await removeFolder(runtime, image, tablespaces)
  await rm(recordPath(copy), { force: true })
  await rm(`${recordPath(copy)}.partial`, { force: true })
  await removeFolder(runtime, image, partial)
}

/** What a killed run left: we hold the lock, so nobody but its own orphans is writing it. */
async function removeRemains(
  runtime: Runtime,
  target: string,
  image: ImageFacts,
  { warn }: Context['log'],
): Promise<void> {
  const names = await readdir(dirname(target))
  for (const name of names.filter(n => salvageRemain(n, basename(target)))) {
    warn(`Removing ${name}, which an earlier run left unfinished.`)
    const partial = join(dirname(target), name)
    await runtime.stopOrphans(programName, partial)
    await removeCopy(runtime, image, partial)
  }
}

async function next(settings: Settings, plan: SalvagePlan, { image, engine }: Facts, runtime: Runtime) {
  return afterwards({
    kind: runtime.kind,
    engine,
    copy: plan.copy,
    image: image.image,
    container: `${settings.container}-salvage`,
    port: await nextPort(settings.port),
    user: settings.user,
  })
}

async function nextPort(port: number): Promise<number> {
  return port >= 65535 || (await portIsFree(port + 1)) ? port + 1 : nextPort(port + 1)
}
