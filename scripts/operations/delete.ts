import { existsSync } from 'node:fs'
import { readdir, rename, rm } from 'node:fs/promises'
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
 * Takes a backup away. Its metadata.json goes first: what is cut off here is no complete backup any more, and its
 * remains are removed by the next save or dump as unfinished ones are. Only for who holds the folder's lock.
 * @throws ToolkitError locked while somebody reads it.
 */
export async function removeBackup(backup: Backup): Promise<void> {
  const { path } = backup
  const described = backup.kind === 'physical' ? join(path, 'metadata.json') : `${backup.stem}.metadata.json`
  await whileNobodyReads(path, async () => {
    await rm(described, { force: true })
    if (existsSync(path)) await rename(path, `${path}.partial`)
  })
  if (backup.kind === 'dump') await removeCompanions(backup.stem)
  await rm(`${path}.partial`, { recursive: true, force: true })
}

/** What lies beside a dump and belongs to it. */
async function removeCompanions(stem: string): Promise<void> {
  for (const ending of ['verified.json', 'roles.sql']) await rm(`${stem}.${ending}`, { force: true })
}

/**
 * A run that was killed after it had taken the backup's name away: the same command again takes away the rest. Nothing
 * is asked, for it was, and there is no backup any more. A save that is at work holds the lock.
 */
async function finishEarlier({ backupsDir, backupDir = '', dryRun }: Settings): Promise<boolean> {
  const rests = async () => {
    if (!isId(backupDir)) return []
    const names = await readdir(backupsDir).catch(() => [] as string[])
    const own = names.filter(name => name === backupDir || name.startsWith(`${backupDir}.`))
    const isGone = own.every(name => /\.(partial|verified\.json|roles\.sql)$/.test(name))
    return isGone && own.some(name => name.endsWith('.partial')) ? own : []
  }
  if (dryRun || (await rests()).length === 0) return false
  return withLock(backupsDir, 'delete', async () => {
    const names = await rests()
    for (const name of names) await rm(join(backupsDir, name), { recursive: true, force: true })
    return names.length > 0
  })
}

const isExact = (name: string, { id, path }: Backup): boolean =>
  name === id || (isAbsolute(name) && join(realFolder(dirname(name)), basename(name)) === path)

/** By which it is found again: one that lies elsewhere has no id here. */
const nameOf = ({ id, path }: Backup, { backupsDir }: Settings): string =>
  dirname(path) === backupsDir ? id : path

/** The files would go from where they are, and the link would stay; or the other way round. */
function refuseLink({ id, path }: Backup): void {
  if (!isLink(path)) return
  const real = realFolder(path)
  throw new ToolkitError('usage', {
    what: `${id} is a link to ${real}.`,
    hint: `make delete ${makeWord('ID', real)} deletes that backup, rm ${shellWord(path)} the link.`,
  })
}
