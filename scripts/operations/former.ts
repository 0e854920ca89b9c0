import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import { isFormer, ownTablespaces } from '../plan/restore.ts'
import { tablespacesSeen } from '../plan/server.ts'
import { type ClusterRecord, readClusterRecord, recordPath } from '../postgres/cluster_record.ts'
import { folderBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { removeFolder, removeTablespaces } from './restore_folders.ts'
import { refuseOtherRuntime } from './start_refusals.ts'

/** Data directories from before earlier restores, oldest first. */
export async function formerData(dataDir: string): Promise<string[]> {
  const names = await readdir(dirname(dataDir)).catch(() => [] as string[])
  return names
    .filter(name => isFormer(dataDir, name))
    .map(name => join(dirname(dataDir), name))
    .sort()
}

/** Records whose data directory a run that was killed had deleted already. */
async function orphanedRecords(dataDir: string): Promise<string[]> {
  const folders = new Set((await formerData(dataDir)).map(recordPath))
  const prefix = `${basename(dataDir)}.before-restore-`
  const names = await readdir(dirname(dataDir)).catch(() => [] as string[])
  return names
    .filter(name => name.startsWith(prefix) && name.endsWith('.json'))
    .map(name => join(dirname(dataDir), name))
    .filter(record => !folders.has(record))
}

export type DiscardResult = { discarded: { folder: string; bytes: number }[]; done: boolean }

/** Deletes what was kept from before earlier restores, after asking. */
export async function discardFormer(
  runtime: Runtime,
  settings: Settings,
  context: Context,
): Promise<DiscardResult> {
  const record = await readClusterRecord(settings.dataDir)
  refuseOtherRuntime(runtime.kind, record, settings.dataDir)
  const folders = await formerData(settings.dataDir)
  const orphans = await orphanedRecords(settings.dataDir)
  if (folders.length === 0 && orphans.length === 0) {
    throw new ToolkitError('usage', { what: `There is no former data beside ${settings.dataDir}.` })
  }
  const image = { image: record?.image ?? settings.image }
  const sizes = await Promise.all(folders.map(folder => folderBytes(runtime, image, folder)))
  const discarded = folders.map((folder, i) => ({ folder, bytes: sizes[i] ?? 0 }))
  for (const { folder, bytes } of discarded) context.log.step(`${folder}  ${formatBytes(bytes)}`)
  if (settings.dryRun) return { discarded, done: false }
  if (!settings.force && folders.length > 0) await confirm(context.prompt, 'Delete it for good?')
  return withLock(dirname(settings.dataDir), 'discard-former', async () => {
    for (const folder of folders) await discard(runtime, image, settings.dataDir, folder)
    for (const record of orphans) await rm(record, { force: true })
    return { discarded, done: true }
  })
}

/** The data, and those of its tablespaces that lie in our own folder and that no other cluster here uses. */
async function discard(
  runtime: Runtime,
  image: Pick<ClusterRecord, 'image'>,
  dataDir: string,
  folder: string,
): Promise<void> {
  const look = (path: string) => inspectDataDirectory(runtime, image, path)
  const others = [dataDir, ...(await formerData(dataDir))].filter(path => path !== folder)
  const [former, ...rest] = await Promise.all([look(folder), ...others.map(look)])
  await removeTablespaces(
    runtime,
    image,
    dataDir,
    ownTablespaces(tablespacesSeen(runtime.kind, dataDir), former, rest),
  )
  // And what a server made beside it, where somebody started one to look at it.
  const { log, run, tablespaces } = clusterFolders(folder)
  for (const path of [folder, log, run, tablespaces]) await removeFolder(runtime, image, path)
  await rm(recordPath(folder), { force: true })
}
