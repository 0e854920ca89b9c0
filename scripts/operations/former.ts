import { readdir, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import { clusterFolders, tablespacesTarget } from '../plan/server.ts'
import { type ClusterRecord, readClusterRecord, recordPath } from '../postgres/cluster_record.ts'
import { dataProgram, inspectDataDirectory } from '../postgres/data_directory.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { removeFolder } from './restore.ts'

/** Data directories from before earlier restores, oldest first. */
export async function formerData(dataDir: string): Promise<string[]> {
  const prefix = `${basename(dataDir)}.before-restore-`
  const names = await readdir(dirname(dataDir)).catch(() => [] as string[])
  return names
    .filter(name => name.startsWith(prefix) && !name.endsWith('.json'))
    .map(name => join(dirname(dataDir), name))
    .sort()
}

/** Bytes on disk below a folder that only the server's user may read. */
export async function folderBytes(
  runtime: Runtime,
  { image }: Pick<ClusterRecord, 'image'>,
  folder: string,
): Promise<number> {
  const script = 'du -sk "$1" | cut -f 1'
  const output = await runtime.run(
    dataProgram('size', { image }, [{ path: folder, mode: 'ro' }], script, folder),
  )
  return Number(output.stdout) * 1024
}

export type DiscardResult = { discarded: { folder: string; bytes: number }[]; done: boolean }

/** Deletes what was kept from before earlier restores, after asking. */
export async function discardFormer(
  runtime: Runtime,
  settings: Settings,
  context: Context,
): Promise<DiscardResult> {
  const record = await readClusterRecord(settings.dataDir)
  const folders = await formerData(settings.dataDir)
  if (record === undefined || folders.length === 0) {
    throw new ToolkitError('usage', { what: `There is no former data beside ${settings.dataDir}.` })
  }
  const sizes = await Promise.all(folders.map(folder => folderBytes(runtime, record, folder)))
  const discarded = folders.map((folder, i) => ({ folder, bytes: sizes[i] ?? 0 }))
  for (const { folder, bytes } of discarded) context.log.step(`${folder}  ${formatBytes(bytes)}`)
  if (settings.dryRun) return { discarded, done: false }
  if (!settings.force) await confirm(context.prompt, 'Delete it for good?')
  return withLock(dirname(settings.dataDir), 'discard-former', async () => {
    for (const folder of folders) await discard(runtime, record, settings.dataDir, folder)
    return { discarded, done: true }
  })
}

/** The data, and those of its tablespaces that lie in our own folder and that the present cluster does not use. */
async function discard(
  runtime: Runtime,
  image: ClusterRecord,
  dataDir: string,
  folder: string,
): Promise<void> {
  const former = await inspectDataDirectory(runtime, image, folder)
  const present = await inspectDataDirectory(runtime, image, dataDir)
  const used = new Set(present.tablespaces.map(t => t.location))
  const own = clusterFolders(dataDir).tablespaces
  for (const { location } of former.tablespaces) {
    const isOurs = dirname(location) === tablespacesTarget && !used.has(location)
    if (isOurs) await removeFolder(runtime, image, join(own, basename(location)))
  }
  await removeFolder(runtime, image, folder)
  await rm(recordPath(folder), { force: true })
}
