import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ToolkitError } from '../errors.ts'
import { isFormer } from '../plan/restore.ts'
import { misfit, otherRuntime } from '../plan/server.ts'
import { type ClusterRecord, recordPath } from '../postgres/cluster_record.ts'
import type { DataDirectory } from '../postgres/data_directory.ts'
import { portIsFree } from '../runtime/port.ts'
import type { ImageFacts, Runtime, ServerStatus } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import { shellWord } from '../terminal/shell_words.ts'

/** Why a database is not started: each reason is an error of its own, with the way out. All are exit 5. */

/** The data is another runtime's, whose servers this one does not see: it may even be in use. */
export function refuseOtherRuntime(
  kind: Runtime['kind'],
  record: ClusterRecord | undefined,
  dataDir: string,
): void {
  const wrong = otherRuntime(record, kind, dataDir)
  if (wrong) throw new ToolkitError('prerequisite', wrong)
}

/** A container of this name, or a server on this data directory, that is not our own database. */
export function refuseForeign(status: ServerStatus, settings: Pick<Settings, 'container' | 'dataDir'>): void {
  if (status.state === 'absent') return
  if (!status.ours && status.place === 'machine') {
    throw new ToolkitError('prerequisite', {
      what: `A server is running on ${settings.dataDir}, and the toolkit did not start it.`,
      why: `It is process ${status.id}, from ${status.image ?? 'programs that cannot be seen'}.`,
      hint: 'Stop it the way it was started (systemctl, pg_ctlcluster, pg_ctl), or choose another DATA_DIR.',
    })
  }
  const another = `or choose another name and port, and write them into db/.env: CONTAINER=${settings.container}-2 PGPORT=8095`
  if (!status.ours) {
    throw new ToolkitError('prerequisite', {
      what: `A container called ${settings.container} is there, and the toolkit did not make it.`,
      hint: `Look at it (docker ps -a --filter name=${settings.container}), ${another}`,
    })
  }
  if (status.dataDir !== settings.dataDir) {
    throw new ToolkitError('prerequisite', {
      what: `The container ${settings.container} belongs to another data directory.`,
      why: `It uses ${status.dataDir}, this command is about ${settings.dataDir}.`,
      hint: `Stop that one (make stop, from its own folder), ${another}`,
    })
  }
}

/** Two servers on one data directory destroy it; in containers of their own neither sees the other. */
export async function refuseOtherServers(
  runtime: Runtime,
  dataDir: string,
  container: string,
  signal: AbortSignal,
): Promise<void> {
  const other = (await runtime.server.using(dataDir, signal)).find(name => name !== container)
  if (other === undefined) return
  throw new ToolkitError('prerequisite', {
    what: `The container ${other} is running on ${dataDir}.`,
    hint: `Stop it first: make stop CONTAINER=${other}`,
  })
}

const moveLine = (from: string, to: string): string => `mv ${shellWord(from)} ${shellWord(to)}`

/** Where a restore was cut off between its two renames, a new empty cluster would look like lost data. */
export async function refuseInterruptedRestore(dataDir: string): Promise<void> {
  const names = await readdir(dirname(dataDir)).catch(() => [] as string[])
  if (names.includes(basename(dataDir))) return
  // A restore moves the record before the data: where it still lies there, something else took the data away.
  if (names.includes(basename(recordPath(dataDir)))) return
  const former = names.filter(n => isFormer(dataDir, n)).sort()
  const last = former.at(-1)
  if (last === undefined) return
  throw new ToolkitError('prerequisite', {
    what: `There is no data directory ${dataDir}, but a former one from before a restore.`,
    why: 'A restore was cut off at its last step (a power cut, a kill). Nothing is lost.',
    hint: [
      'Put the former one back, then restore again:',
      ...[last, recordPath(last)]
        .filter(name => names.includes(name))
        .map(name => moveLine(join(dirname(dataDir), name), `${dataDir}${name.slice(last.length)}`)),
    ].join('\n'),
  })
}

/** Looks at what is in the data directory before anything is started on it. */
export function refuseUnusable(
  kind: Runtime['kind'],
  image: ImageFacts,
  dataDirectory: DataDirectory,
  record: ClusterRecord | undefined,
  settings: Settings,
  { existingOnly }: { existingOnly?: boolean },
): void {
  const wrong = misfit(image, dataDirectory, record, settings.dataDir, kind)
  if (wrong) throw new ToolkitError('prerequisite', wrong)
  if (dataDirectory.state === 'foreign') {
    throw new ToolkitError('prerequisite', {
      what: `${settings.dataDir} holds files, and they are not a PostgreSQL cluster.`,
      why: 'It has no PG_VERSION.',
      hint: 'Look at what it is, move it away, or choose another DATA_DIR.',
    })
  }
  if (dataDirectory.state === 'cluster') {
    if (dataDirectory.control === undefined) {
      throw new ToolkitError('prerequisite', {
        what: `The cluster in ${settings.dataDir} has no control file that can be read.`,
        why: 'Its initialisation was cut off, and there is no data in it yet; or the file was damaged since.',
        hint: `Keep it and begin anew, or restore a backup: ${moveLine(settings.dataDir, `${settings.dataDir}.broken`)}`,
      })
    }
    return
  }
  if (record && !record.unfinished && !dataDirectory.unfinished) {
    throw new ToolkitError('prerequisite', {
      what: `${settings.dataDir} is empty, and a cluster was in it before.`,
      why: `${recordPath(settings.dataDir)} tells of it. A new, empty cluster would look like lost data.`,
      hint: `Is its disk mounted? Was it moved? make restore BACKUP_DIR=latest brings back what was saved.\nTo begin anew on purpose: rm ${shellWord(recordPath(settings.dataDir))}`,
    })
  }
  if (existingOnly) {
    throw new ToolkitError('prerequisite', {
      what: `There is no cluster in ${settings.dataDir}.`,
      hint: 'Restore one first (make list, make restore BACKUP_DIR=…), or make a new one with make start.',
    })
  }
}

export async function refuseTakenPort(port: number): Promise<void> {
  if (await portIsFree(port)) return
  throw new ToolkitError('prerequisite', {
    what: `Port ${port} is taken by another program.`,
    hint: `Choose another one: make start PGPORT=${port + 1} (and write it into db/.env).`,
  })
}

/** The default image may have another C library than the one that made the data, and nobody would notice. */
export function refuseUnknownImage(image: ImageFacts, dataDir: string): void {
  // On a machine there is one C library, and the major version was looked at.
  if (image.place === 'machine') return
  throw new ToolkitError('prerequisite', {
    what: `Nobody knows which image made the cluster in ${dataDir}.`,
    why: `There is no ${recordPath(dataDir)}. With another C library text sorts otherwise, and indexes are silently wrong.`,
    hint: 'Name it, once: make start IMAGE=…',
  })
}
