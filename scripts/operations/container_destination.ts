import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../errors.ts'
import type { ImageFacts, Runtime, TheirContainer, Theirs } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Destination } from './destination.ts'
import { seenInside } from './their_server.ts'

/** Stopping and starting a container that somebody else has made: its settings and its command line stay its own. */
export type TheirServer = Pick<Destination, 'isRunning' | 'stop' | 'startFormer' | 'startRestored'>

/** @throws ToolkitError usage where something would start it again while we are at work. */
export function theirServer(
  runtime: Runtime,
  theirs: Theirs,
  container: TheirContainer,
  settings: Pick<Settings, 'startTimeout'>,
  { isServer = true } = {},
): TheirServer {
  const { name, managed } = container
  if (managed !== undefined) {
    throw new ToolkitError('usage', {
      what: `${name} belongs to the swarm service ${managed}, which would start it again in the middle.`,
      hint: `Scale it to none first (docker service scale ${managed}=0), restore into its volume or folder with TARGET=…, then scale it up.`,
    })
  }
  const start = async ({ log, signal }: Context) => {
    log.step(`Starting ${name} …`)
    await theirs.start(name)
    if (!isServer) return
    const deadline = performance.now() + settings.startTimeout * 1000
    const server = { container: name, dataDir: '' }
    while (performance.now() < deadline) {
      if (await theirs.isReady(container, signal)) return
      if (!(await theirs.container(name))?.running) {
        throw new ToolkitError('failed', {
          what: `The container ${name} ended instead of starting.`,
          why: await runtime.server.lastLogLines(server, 12),
          hint: `docker logs ${name} shows more.`,
        })
      }
      await sleep(200, undefined, { signal })
    }
    throw new ToolkitError('failed', {
      what: `${name} did not answer within ${settings.startTimeout} seconds. It is still starting.`,
      hint: `docker logs -f ${name} shows what it does.`,
    })
  }
  return {
    isRunning: async signal => (await theirs.container(name, signal))?.running ?? false,
    async stop({ log }) {
      log.step(`Stopping ${name} …`)
      await theirs.stop(name)
    },
    startFormer: start,
    startRestored: start,
  }
}

/** A container whose data lies in a folder of this machine. */
export function containerDestination(
  runtime: Runtime,
  theirs: Theirs,
  container: TheirContainer,
  { folder, image, settings }: { folder: string; image: ImageFacts; settings: Settings },
): Destination {
  return {
    target: folder,
    image: { ...image, ...container.runsAs },
    imageName: container.image,
    words: `the container ${container.name}, whose data is in ${folder}`,
    takesTablespaces: false,
    recoversAside: true,
    startsAlways: false,
    options: container.options,
    roles: [settings.user, 'postgres', ...(container.user ? [container.user] : [])],
    seen(mapped) {
      const inside = seenInside(container, mapped)
      if (inside !== undefined) return inside
      throw new ToolkitError('usage', {
        what: `The container ${container.name} cannot see ${mapped}, which TABLESPACE_MAP names.`,
        hint: 'Name a folder below one that is mounted into it.',
      })
    },
    async refuseUse(signal) {
      const users = await theirs.volume.users(folder, signal)
      const other = users.find(user => user.running && user.name !== container.name)
      if (other === undefined) return
      throw new ToolkitError('prerequisite', {
        what: `The container ${other.name} is running on ${folder} as well.`,
        hint: `Stop it first: docker stop ${other.name}`,
      })
    },
    ...theirServer(runtime, theirs, container, settings),
  }
}
