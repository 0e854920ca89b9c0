import { createHash } from 'node:crypto'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { PhysicalBackup } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import { explain, ToolkitError } from '../errors.ts'
import { asideOptions, heldNotes, notHeldNotes } from '../plan/recovery.ts'
import { planRestore, type RestorePlan, restoreMisfit } from '../plan/restore.ts'
import { restoredBytes } from '../plan/space.ts'
import { stampOf } from '../plan/stamp.ts'
import { inspectDataDirectory } from '../postgres/data_directory.ts'
import { type Recovered, recoverAside } from '../postgres/recover_aside.ts'
import { clearData, copyData, findData, isHalfCopied, measureVolume, unmark } from '../postgres/volume.ts'
import type { ImageFacts, Runtime, TheirContainer, Theirs } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { makeWord } from '../terminal/shell_words.ts'
import { chooseBackup } from './choose_backup.ts'
import { type TheirServer, theirServer } from './container_destination.ts'
import { provideRestoreImage } from './image.ts'
import type { RestoreResult } from './restore.ts'
import { fillDataDirectory, finishDataDirectory } from './restore_files.ts'
import { checkArchives, describeSource } from './restore_source.ts'
import { placeOfData, volumePath } from './their_server.ts'

/** A volume, the data directory in it as programs of ours know it, and the servers that are at work on it. */
type Place = {
  volume: string
  path: string
  isNew: boolean
  image: ImageFacts
  imageName: string
  servers: { container: TheirContainer; server: TheirServer }[]
}

type Facts = {
  place: Place
  backup: PhysicalBackup
  plan: RestorePlan
  former: string | undefined
  theirs: Theirs
}

/**
 * Restores a base backup into a volume. A volume cannot be renamed, so what is in it is copied into another one first,
 * while its server is stopped; then it is cleared, filled and recovered.
 * @throws ToolkitError space, verification, usage, prerequisite, locked, failed, interrupted
 */
export async function restoreVolume(
  runtime: Runtime,
  theirs: Theirs,
  resolved: Resolved,
  context: Context,
  wish: { volume: string; path?: string; container?: TheirContainer },
): Promise<RestoreResult> {
  const { settings } = resolved
  const started = performance.now()
  const backup = await chooseBackup(settings)
  const place = await findPlace(runtime, theirs, resolved, backup, context, wish)
  context.log.step(`Checking ${backup.id} …`)
  await checkArchives(backup, context)
  const measured = place.isNew
    ? { used: 0, free: undefined }
    : await measureVolume(runtime, place.image, place.path)
  const room = measured.free === undefined ? Number.POSITIVE_INFINITY : measured.free + measured.used
  const source = await describeSource(runtime, backup, place.image, room, context)
  const misfit = restoreMisfit(source, place.image)
  if (misfit) throw new ToolkitError('prerequisite', misfit)
  if (source.tablespaces.length > 0) {
    throw new ToolkitError('usage', {
      what: `${backup.id} has tablespaces, and a volume has no place for them.`,
      hint: 'Restore it into a folder: make restore TARGET=/a/folder …',
    })
  }
  const now = new Date()
  const running = place.servers.filter(({ container }) => container.running)
  const holdsData = measured.used > 0
  const former = holdsData && !settings.inPlace ? `${place.volume}.before-restore-${stampOf(now)}` : undefined
  const plan = planRestore({
    kind: runtime.kind,
    source,
    image: place.imageName,
    target: place.path,
    into: `the volume ${place.volume}${wish.container ? ` of the container ${wish.container.name}` : ''}`,
    targetHoldsData: holdsData,
    inPlace: true,
    tablespaceMap: new Map(),
    now,
  })
  context.log.step(describe(plan, place, former, holdsData))
  const bytes = source.totalBytes
  const result = { plan, restored_bytes: bytes }
  if (settings.dryRun) return { ...result, done: false, seconds: 0, started: false }
  requireSpace(place.volume, measured, { restored: restoredBytes(bytes), kept: former !== undefined })
  if (!settings.force) await confirm(context.prompt, 'Go on?')
  return withLock(lockFolder(place.volume), 'restore', () =>
    recorded(
      settings.backupsDir,
      'restore',
      async () => {
        const recovered = await perform(runtime, { place, backup, plan, former, theirs }, context)
        if (former)
          context.log.step(
            `What was there before is in the volume ${former} (docker volume rm ${former} deletes it).`,
          )
        const seconds = (performance.now() - started) / 1000
        return { ...result, done: true, seconds, started: running.length > 0, recovered }
      },
      () => backup.id,
    ),
  )
}

/** Beside a volume there is no folder for a lock that we may write. */
const lockFolder = (volume: string): string =>
  join(
    tmpdir(),
    `timescaledb-toolkit-${userInfo().uid}-${createHash('sha256').update(volume).digest('hex').slice(0, 12)}`,
  )

async function findPlace(
  runtime: Runtime,
  theirs: Theirs,
  resolved: Resolved,
  backup: PhysicalBackup,
  context: Context,
  { volume, path, container }: { volume: string; path?: string; container?: TheirContainer },
): Promise<Place> {
  const { signal } = context
  const isNew = !(await theirs.volume.exists(volume, signal))
  const users = isNew ? [] : await theirs.volume.users(volume, signal)
  // Whose server has its data in it; a container that only looks into the volume has not.
  const servers = users.filter(user => {
    const found = user.pgdata === '' ? undefined : placeOrNothing(user)
    return found !== undefined && 'volume' in found && found.volume === volume
  })
  const server = container ?? servers.find(user => user.running) ?? servers[0]
  const image =
    (server && (await runtime.images.find(server.imageId, signal))) ??
    (await provideRestoreImage(runtime, resolved, backup.metadata, context))
  const known = path ?? (server && pathIn(server))
  const found = known ?? (isNew ? undefined : await findData(runtime, image, volumePath(volume, '')))
  return {
    volume,
    isNew,
    image: { ...image, ...server?.runsAs },
    imageName: server?.image ?? image.image,
    path: found ?? volumePath(volume, belowVolume(image)),
    servers: users
      .filter(user => user.running)
      .map(user => {
        const isServer = servers.some(({ id }) => id === user.id)
        return {
          container: user,
          server: theirServer(runtime, theirs, user, resolved.settings, { isServer }),
        }
      }),
  }
}

function placeOrNothing(container: TheirContainer) {
  try {
    return placeOfData(container)
  } catch {
    return undefined
  }
}

function pathIn(container: TheirContainer): string | undefined {
  const place = placeOrNothing(container)
  return place && 'path' in place ? place.path : undefined
}

/** Where the image keeps its data below the folder that it declares as a volume. */
const belowVolume = ({ pgdata, volume }: ImageFacts): string =>
  volume !== undefined && pgdata.startsWith(`${volume}/`) ? pgdata.slice(volume.length + 1) : ''

function describe(
  plan: RestorePlan,
  { servers }: Place,
  former: string | undefined,
  holdsData: boolean,
): string {
  const { source } = plan
  const names = servers.map(({ container }) => container.name).join(', ')
  return [
    `Restore ${source.id} (${formatBytes(source.totalBytes)}, PostgreSQL ${source.major})`,
    `  into     ${plan.into}`,
    `  with     ${plan.image}`,
    ...(former ? [`  what is there now is copied into the volume ${former} first`] : []),
    ...(holdsData && !former ? ['  WHAT IS THERE NOW IS DELETED FIRST (IN_PLACE=1)'] : []),
    ...(names ? [`  ${names} is stopped for it and started again afterwards`] : []),
  ].join('\n')
}

/** A new volume is on the engine's own disk, which cannot be looked at before it is made. */
function requireSpace(
  volume: string,
  { used, free }: { used: number; free: number | undefined },
  { restored, kept }: { restored: number; kept: boolean },
): void {
  const needed = kept ? Math.max(used, restored) : restored - used
  if (free === undefined || needed <= free) return
  throw new ToolkitError('space', {
    what: `Not enough space on the disk of the volume ${volume}: ${formatBytes(needed)} are needed, ${formatBytes(free)} are free.`,
    hint: kept
      ? 'Free some space, or let IN_PLACE=1 delete what is in the volume instead of keeping a copy.'
      : 'Nothing was deleted. Free some space.',
  })
}

async function perform(runtime: Runtime, facts: Facts, context: Context): Promise<Recovered> {
  const { place, plan, former, theirs } = facts
  const { image, path, volume } = place
  const { log, signal } = context
  await removeHalfCopies(runtime, theirs, place)
  const stopped: TheirServer[] = []
  const startAgain = async (how: 'startFormer' | 'startRestored', context: Context) => {
    for (const server of stopped) await server[how](context)
  }
  // What is to be undone depends on how far it came.
  let undo = async () => {}
  try {
    if (place.isNew) {
      await theirs.volume.create(volume)
      undo = () => theirs.volume.remove(volume)
    }
    for (const { server } of place.servers) {
      stopped.push(server)
      await server.stop(context)
    }
    signal.throwIfAborted()
    if (former) {
      log.step(`Copying what is there into the volume ${former} …`)
      await theirs.volume.create(former)
      undo = () => theirs.volume.remove(former)
      await copyData(runtime, image, { from: path, to: volumePath(former, '') }, signal)
      undo = () => putBack(runtime, theirs, place, former)
    } else if (!place.isNew) {
      undo = () => clearData(runtime, image, path)
    }
    await clearData(runtime, image, path)
    const recovered = await fill(runtime, facts, context)
    signal.throwIfAborted()
    await unmark(runtime, image, path)
    undo = async () => {}
    await startAgain('startRestored', context)
    return recovered
  } catch (error) {
    const unhurried = { ...context, signal: new AbortController().signal }
    await undo()
    if (plan.source && former === undefined && !place.isNew && stopped.length > 0)
      throw withoutFormer(facts, error)
    await startAgain('startFormer', unhurried).catch(problem =>
      log.warn(`The database could not be started again: ${(problem as Error).message}`),
    )
    throw error
  }
}

/** Unpacks, proves and recovers. */
async function fill(runtime: Runtime, { place, backup, plan }: Facts, context: Context): Promise<Recovered> {
  const { image, path, servers } = place
  const { log, signal } = context
  const files = await fillDataDirectory(runtime, plan, backup, image, context)
  log.step(`Extracted ${files} files (${formatBytes(plan.source.totalBytes)}). Finishing …`)
  await finishDataDirectory(runtime, plan, backup, image, context)
  log.step('Recovering …')
  const directory = await inspectDataDirectory(runtime, image, path, signal)
  const recoverable = { data: path, folders: [{ path, mode: 'rw' as const }], roles: rolesOf(servers) }
  const recovered = await recoverAside(runtime, image, recoverable, asideOptions(directory, image), signal)
  for (const note of heldNotes(recovered)) log.warn(note)
  for (const { container } of servers)
    for (const note of notHeldNotes(recovered, container.options)) log.warn(note)
  return recovered
}

async function putBack(
  runtime: Runtime,
  theirs: Theirs,
  { image, path }: Place,
  former: string,
): Promise<void> {
  await clearData(runtime, image, path)
  await copyData(runtime, image, { from: volumePath(former, ''), to: path })
  await unmark(runtime, image, path)
  await theirs.volume.remove(former)
}

/** A run that was killed while it copied left a volume that nobody needs: what it copied is where it was. */
async function removeHalfCopies(runtime: Runtime, theirs: Theirs, { image, volume }: Place): Promise<void> {
  await runtime.stopOrphans('volume', volume)
  for (const name of await theirs.volume.formers(volume)) {
    if (await isHalfCopied(runtime, image, volumePath(name, ''))) await theirs.volume.remove(name)
  }
}

/** IN_PLACE=1 has no former data to go back to. */
function withoutFormer({ place, backup }: Facts, error: unknown): ToolkitError {
  const { kind, message, why } = explain(error)
  return new ToolkitError(kind === 'interrupted' ? 'failed' : kind, {
    what: `The restore was cut off, and IN_PLACE=1 had deleted the former data: the volume ${place.volume} is empty.`,
    why: [message, why].filter(Boolean).join('\n'),
    hint: `Restore again: make restore ${makeWord('BACKUP_DIR', backup.id)} TARGET=volume:${place.volume} IN_PLACE=1`,
    lasting: true,
    cause: error,
  })
}

const rolesOf = (servers: Place['servers']): string[] => [
  'postgres',
  ...servers.flatMap(({ container }) => (container.user ? [container.user] : [])),
]
