import { existsSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { SalvagePlan } from '../plan/salvage.ts'
import { misfit } from '../plan/server.ts'
import { restoredBytes } from '../plan/space.ts'
import type { ClusterRecord } from '../postgres/cluster_record.ts'
import type { DataDirectory } from '../postgres/data_directory.ts'
import { findOccupants } from '../runtime/occupants.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'
import type { Look } from './salvage_copy.ts'

/** Why a data directory is not salvaged: each reason is an error of its own, with the way out. */

/** A copy of files that a server writes is worth nothing. */
export async function refuseRunning(
  runtime: Runtime,
  settings: Pick<Settings, 'container' | 'dataDir'>,
  target: string,
  { log, signal }: Context,
): Promise<void> {
  const status = await runtime.server.status({ container: settings.container, dataDir: target }, signal)
  const own = status.state === 'running' && status.dataDir === target ? [settings.container] : []
  const labelled = await runtime.server.using(target, signal)
  const { servers, unseen } = await findOccupants(target, signal)
  const [running] = [...own, ...labelled, ...servers]
  if (running === undefined) {
    for (const sentence of unseen) log.warn(sentence)
    return
  }
  throw new ToolkitError('prerequisite', {
    what: `A server is running on ${target}: ${running}.`,
    why: 'It works, so there is nothing to salvage; and what it writes meanwhile would be torn in the copy.',
    hint: 'Its data comes out of it by itself: make save, or pg_dump. If it must go: make stop, and try again.',
  })
}

/** What is no cluster, or one that something else can help. */
export function refuseUnfit(
  kind: Runtime['kind'],
  image: ImageFacts,
  dataDirectory: DataDirectory,
  record: ClusterRecord | undefined,
  target: string,
): void {
  if (dataDirectory.state !== 'cluster') {
    throw new ToolkitError('usage', {
      what: `There is no PostgreSQL cluster in ${target}.`,
      why: dataDirectory.state === 'foreign' ? 'It has no PG_VERSION.' : `It is ${dataDirectory.state}.`,
      hint: 'Name the data directory that does not start: make salvage TARGET=/path/to/it',
    })
  }
  const wrong = misfit(image, dataDirectory, record, target, kind)
  if (wrong) throw new ToolkitError('prerequisite', wrong)
  if (dataDirectory.backupLabel) {
    throw new ToolkitError('prerequisite', {
      what: `${target} is a base backup that has not been recovered: it has a backup_label.`,
      why: `It needs the WAL that was saved with it (pg_wal.tar), not a new one: without it the files do not belong together.\npg_resetwal would make a cluster of them that is silently wrong.`,
      hint: 'Restore it as a whole: make restore BACKUP_DIR=…',
    })
  }
}

/** What would make a copy that shares files with the original, or lacks some. */
export function refuseIncomplete(target: string, { links, absent }: Pick<Look, 'links' | 'absent'>): void {
  if (links.length > 0) {
    throw new ToolkitError('prerequisite', {
      what: `In ${target} are links to data elsewhere: the copy would share that with the original.`,
      why: links.slice(0, 5).join('\n'),
      hint: 'Put the files themselves in the place of these links in a copy of your own, and name that one: make salvage TARGET=…',
    })
  }
  if (absent.length > 0) {
    throw new ToolkitError('prerequisite', {
      what: 'A tablespace of the cluster is not there.',
      why: absent.join('\n'),
      hint: 'Is its disk mounted? A copy without it would have lost its tables.',
    })
  }
}

export async function requireRoom(plan: SalvagePlan): Promise<void> {
  let folder = dirname(plan.copy)
  while (!existsSync(folder)) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const [free, needed] = [bavail * bsize, restoredBytes(plan.bytes)]
  if (free >= needed) return
  throw new ToolkitError('space', {
    what: `Not enough space in ${folder}: the copy needs ${formatBytes(needed)}, ${formatBytes(free)} are free.`,
    hint: `Free some space there. Or copy the data directory to a bigger disk yourself (cp -a), with the server stopped,\nand name that one: make salvage TARGET=…`,
  })
}
