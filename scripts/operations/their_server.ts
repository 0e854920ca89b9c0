import { posix } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { Login } from '../postgres/connection.ts'
import { type Runtime, type TheirContainer, volumesRoot } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'

/**
 * The container or compose service that CONTAINER names, where the toolkit did not make it. Undefined: none is named,
 * or it is our own.
 */
export async function findTheirs(
  runtime: Runtime,
  { settings, sources }: Pick<Resolved, 'settings' | 'sources'>,
  signal?: AbortSignal,
): Promise<TheirContainer | undefined> {
  if (runtime.theirs === undefined || sources.container === 'default') return undefined
  const found = await runtime.theirs.container(settings.container, signal)
  return found?.ours ? undefined : found
}

/**
 * The settings with which the server of that container is reached. What is not said comes from the container: its
 * address, and the first role, database and password of its environment.
 * @throws ToolkitError prerequisite where it does not run or cannot be reached.
 */
export function reachTheirs(
  { settings, sources }: Pick<Resolved, 'settings' | 'sources'>,
  container: TheirContainer,
): Settings & Pick<Login, 'via'> {
  const { name, address, port } = container
  if (!container.running) {
    throw new ToolkitError('prerequisite', {
      what: `The container ${name} is not running.`,
      hint: `docker start ${name}`,
    })
  }
  if (address === undefined) {
    throw new ToolkitError('prerequisite', {
      what: `This machine cannot reach the server in ${name}.`,
      why: `Its port ${port} is not published, and it has no address of its own.`,
      hint: `Publish the port: -p 127.0.0.1:${port}:${port}, or name the server with PGHOST and PGPORT.`,
    })
  }
  // What db/.env has is about our own database.
  const said = (option: 'user' | 'database' | 'password') =>
    sources[option] !== 'default' && sources[option] !== '.env'
  return {
    ...settings,
    ...address,
    user: said('user') ? settings.user : (container.user ?? settings.user),
    database: said('database')
      ? settings.database
      : (container.database ?? container.user ?? settings.database),
    password: said('password') ? settings.password : (container.password ?? settings.password),
    via: { container: container.id, host: '127.0.0.1', port },
  }
}

/** Where the data of a container lies: in a folder of this machine, or in a volume. */
export type DataPlace = { folder: string } | { volume: string; path: string }

/** @throws ToolkitError usage where its data would be gone with the container. */
export function placeOfData(container: TheirContainer): DataPlace {
  const { name, pgdata, mounts } = container
  const mount = mounts
    .filter(({ target }) => pgdata === target || pgdata.startsWith(`${target}/`))
    .sort((a, b) => b.target.length - a.target.length)[0]
  if (mount === undefined || pgdata === '') {
    throw new ToolkitError('usage', {
      what: `The data of the container ${name} is in no volume and no folder.`,
      why:
        pgdata === ''
          ? 'It has no PGDATA.'
          : `Nothing is mounted at ${pgdata}: it would be lost with the container.`,
      hint: `Make a container that has a volume there, or restore into a volume and make one of that: make restore TARGET=volume:${name}-data …`,
    })
  }
  const below = posix.relative(mount.target, pgdata)
  if ('source' in mount) return { folder: posix.join(mount.source, below) }
  return { volume: mount.volume, path: volumePath(mount.volume, below) }
}

/** The path by which programs of ours know what lies in a volume. */
export const volumePath = (volume: string, below: string): string => posix.join(volumesRoot, volume, below)

/** The folder as the container sees it; undefined where none of its mounts holds it. */
export function seenInside({ mounts }: TheirContainer, folder: string): string | undefined {
  for (const mount of mounts) {
    if (!('source' in mount)) continue
    if (folder === mount.source || folder.startsWith(`${mount.source}/`))
      return posix.join(mount.target, posix.relative(mount.source, folder))
  }
  return undefined
}
