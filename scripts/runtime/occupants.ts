import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { hasEngine } from './choose.ts'
import { containersWith } from './docker/mounted.ts'

export type Occupants = {
  /** Servers at work in a data directory, in whatever runtime: words for each. */
  servers: string[]
  /** What could not be looked at, in whole sentences. */
  unseen: string[]
}

/** Who works in a data directory, as far as this machine can tell; two servers on one destroy it. */
export async function findOccupants(dataDir: string, signal?: AbortSignal): Promise<Occupants> {
  const folder = await realpath(dataDir).catch(() => dataDir)
  const [containers, processes] = await Promise.all([inContainers(folder, signal), inProcesses(folder)])
  // The processes of a container are seen as well: its name says more.
  const servers = containers.servers.length > 0 ? containers.servers : processes.servers
  return { servers, unseen: [...containers.unseen, ...processes.unseen] }
}

async function inContainers(folder: string, signal?: AbortSignal): Promise<Occupants> {
  if (!hasEngine()) return { servers: [], unseen: [] }
  try {
    const names = await containersWith(folder, signal)
    return { servers: names.map(name => `the container ${name}`), unseen: [] }
  } catch (error) {
    const why = (error as Error).message
    return { servers: [], unseen: [`Whether a container uses it could not be asked: ${why}`] }
  }
}

/** A server's working directory is its data directory, seen by its device and inode also out of a container. */
async function inProcesses(folder: string): Promise<Occupants> {
  const here = await stat(folder, { bigint: true }).catch(() => undefined)
  const all = await readdir('/proc').catch(() => undefined)
  if (all === undefined) return { servers: [], unseen: ['There is no /proc to look for its server in.'] }
  const servers: string[] = []
  let closed = 0
  for (const pid of all.filter(name => /^\d+$/.test(name))) {
    const name = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => '')
    if (!/^(postgres|postmaster)/.test(name)) continue
    try {
      const cwd = await stat(join('/proc', pid, 'cwd'), { bigint: true })
      if (here && cwd.dev === here.dev && cwd.ino === here.ino) servers.push(`process ${pid}`)
    } catch (error) {
      if (['EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) closed += 1
    }
  }
  const unseen =
    closed > 0
      ? [`${closed} processes of PostgreSQL belong to somebody else: where they work cannot be seen.`]
      : []
  return { servers: servers.slice(0, 1), unseen }
}
