import { existsSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { type Backup, findBackup, isId, listBackups } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { whileNobodyReads, withLock } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { isLink, realFolder } from '../settings/real_folder.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { makeWord, shellWord } from '../terminal/shell_words.ts'

export type DeleteResult = { id: string; freed_bytes: number; deleted: boolean }

/** Deletes one backup after asking. The last good one of a folder goes only with FORCE=1. */
export async function deleteBackup(settings: Settings, context: Context): Promise<DeleteResult> {
  if (!settings.backupDir) {
    throw new ToolkitError('usage', {
      what: 'Which backup?',
      hint: 'make delete ID=… ; make list shows them.',
    })
  }
  if (await finishEarlier(settings)) return { id: settings.backupDir, freed_bytes: 0, deleted: true }
  const backup = await findBackup(settings.backupsDir, settings.backupDir)
  refuseLink(backup)
  const result = { id: backup.id, freed_bytes: backup.bytes }
  if (settings.dryRun) return { ...result, deleted: false }
  // Whoever is not asked has to be exact: “2” would fit some backup or other.
  if (settings.force && !isExact(settings.backupDir, backup)) {
    throw new ToolkitError('usage', {
      what: `“${settings.backupDir}” stands for ${backup.id}; without a question the whole id is needed.`,
      hint: `make delete ${makeWord('ID', nameOf(backup, settings))} FORCE=1`,
    })
  }
  if (!settings.force) {
    const others = (await listBackups(settings.backupsDir)).filter(b => b.id !== backup.id && !b.damage)
    const last = others.length === 0 && !backup.damage ? ' It is the last good backup here.' : ''
    await confirm(
      context.prompt,
      `Delete ${backup.id} (${formatBytes(backup.bytes)}, ${backup.at.toISOString()})?${last}`,
    )
  }
  return withLock(settings.backupsDir, 'delete', () =>
    recorded(
      settings.backupsDir,
      'delete',
      async () => {
        await removeBackup(backup)
        return { ...result, deleted: true }
      },
      r => r.id,
    ),
  )
}

/**
 * Takes a backup away: for whoever holds the lock of the folder that it lies in. metadata.json goes first: what is cut
 * off here is no complete backup any more, and its remains are removed by the next save as an unfinished one is.
 * @throws ToolkitError locked while somebody reads it; then it is as it was.
 */
export async function removeBackup({ contents: { folder } }: Backup): Promise<void> {
  await whileNobodyReads(folder, async () => {
    await rm(join(folder, 'metadata.json'), { force: true })
    await rename(folder, `${folder}.partial`)
  })
  await rm(`${folder}.partial`, { recursive: true, force: true })
}

/**
 * A run that was killed after it had taken the backup's name away: the same command again takes away the rest. Nothing
 * is asked, for it was, and there is no backup any more. A save that is at work holds the lock.
 */
async function finishEarlier({ backupsDir, backupDir = '', dryRun }: Settings): Promise<boolean> {
  const rest = join(backupsDir, `${backupDir}.partial`)
  const isRest = () => isId(backupDir) && existsSync(rest) && !existsSync(join(backupsDir, backupDir))
  if (dryRun || !isRest()) return false
  return withLock(backupsDir, 'delete', async () => {
    if (!isRest()) return false
    await rm(rest, { recursive: true, force: true })
    return true
  })
}

const isExact = (name: string, { id, contents }: Backup): boolean =>
  name === id || (isAbsolute(name) && join(realFolder(dirname(name)), basename(name)) === contents.folder)

/** By which it is found again: one that lies elsewhere has no id here. */
const nameOf = ({ id, contents }: Backup, { backupsDir }: Settings): string =>
  dirname(contents.folder) === backupsDir ? id : contents.folder

/** The files would go from where they are, and the link would stay; or the other way round. */
function refuseLink({ id, contents: { folder } }: Backup): void {
  if (!isLink(folder)) return
  const real = realFolder(folder)
  throw new ToolkitError('usage', {
    what: `${id} is a link to ${real}.`,
    hint: `make delete ${makeWord('ID', real)} deletes that backup, rm ${shellWord(folder)} the link.`,
  })
}
