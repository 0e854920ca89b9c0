import type { PhysicalMetadata } from '../catalog/metadata.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { findSuperuser } from '../postgres/local_session.ts'
import { waitForPromotion } from '../postgres/promotion.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { provideRestoreImage } from './image.ts'
import { startDatabase } from './start.ts'
import { refuseOtherRuntime, refuseOtherServers } from './start_refusals.ts'
import { stopDatabase } from './stop.ts'

/** What a restore goes into: a data directory, and the server that may be at work on it. */
export type Destination = {
  /** The data directory as this machine sees it. */
  target: string
  image: ImageFacts
  /** What the image is called, where the programs are run by its id. */
  imageName?: string
  /** For the plan, where there is more to say than the folder. */
  words?: string
  /** Where the server finds a folder of this machine that TABLESPACE_MAP names. */
  seen(folder: string): string
  /** Tablespaces without a place in TABLESPACE_MAP may lie in our own folder beside the data directory. */
  takesTablespaces: boolean
  /**
   * Our own server gets on its command line what recovery needs. Anybody else's starts as it always does, so the
   * recovery is finished before the data is handed over.
   */
  recoversAside: boolean
  /** Started also where nothing ran before. */
  startsAlways: boolean
  /** Before anything is unpacked: sees to it that the server's user can reach the place. */
  provide?(): Promise<void>
  /** What is still to be done with the recovered data before it is handed over. */
  prepare?(staging: string, signal: AbortSignal): Promise<void>
  /** Settings of the server's own command line, which no file can change. */
  options: Readonly<Record<string, string>>
  /** Roles that may be the superuser, the likeliest first. */
  roles: readonly string[]
  refuseUse(signal: AbortSignal): Promise<void>
  isRunning(signal?: AbortSignal): Promise<boolean>
  stop(context: Context): Promise<void>
  /** After a failure: the former data is what it is to go on with. */
  startFormer(context: Context): Promise<void>
  startRestored(context: Context): Promise<void>
}

/** The data directory of our own database, or another folder for one. */
export async function ownDestination(
  runtime: Runtime,
  resolved: Resolved,
  metadata: PhysicalMetadata | undefined,
  context: Context,
): Promise<Destination> {
  const { settings } = resolved
  const target = settings.target ?? settings.dataDir
  // A server of the other runtime on this folder would not be seen, nor stopped.
  refuseOtherRuntime(runtime.kind, await readClusterRecord(target), target)
  const image = await provideRestoreImage(runtime, resolved, metadata, context)
  const start = (context: Context, holdJobs: boolean) =>
    startDatabase(runtime, resolved, context, { existingOnly: true, holdJobs, locked: true })
  return {
    target,
    image,
    seen: folder => folder,
    takesTablespaces: true,
    recoversAside: false,
    startsAlways: false,
    options: {},
    roles: [settings.user, 'postgres'],
    refuseUse: signal => refuseOtherServers(runtime, target, settings.container, signal),
    async isRunning(signal) {
      const { state, dataDir } = await runtime.server.status(settings, signal)
      return state === 'running' && dataDir === target
    },
    async stop(context) {
      await stopDatabase(runtime, settings, context)
    },
    async startFormer(context) {
      await start(context, false)
    },
    async startRestored(context) {
      const { port } = await start(context, true)
      const server = { runtime, server: settings, port, user: settings.user, signal: context.signal }
      await waitForPromotion(server, await findSuperuser(server), settings.startTimeout)
    },
  }
}
