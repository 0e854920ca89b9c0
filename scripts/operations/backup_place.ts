import { statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Backup, listBackups } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import { orderAfter } from '../plan/stamp.ts'
import type { Context } from '../settings/command.ts'
import { formatBytes } from '../terminal/format.ts'

/** Of a folder that may not be there yet: only who saves or dumps makes it. */
export async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder)
    return bavail * bsize
  } catch (error) {
    // A folder that is none is refused by who looks for the backups in it, with better words.
    const isMissing = ['ENOENT', 'ELOOP', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')
    if (!isMissing || folder === dirname(folder)) throw error
    return freeBytes(dirname(folder))
  }
}

/** @throws ToolkitError space */
export function requireSpace(
  folder: string,
  estimate: number | undefined,
  free: number,
  command: string,
): void {
  if (estimate === undefined || estimate <= free) return
  throw new ToolkitError('space', {
    what: `Not enough space in ${folder}: the backup needs about ${formatBytes(estimate)}, ${formatBytes(free)} are free.`,
    hint: `Delete an old backup (make list, make delete ID=…), or name another place: ${command} BACKUPS_DIR=/another/disk`,
  })
}

/** Says aloud where the clock is behind that of an earlier backup; the new one counts as the newest all the same. */
export async function placeInOrder(
  kind: Backup['kind'],
  backupsDir: string,
  startedAt: Date,
  log: Context['log'],
): Promise<Date> {
  const newest = (await listBackups(backupsDir)).find(backup => backup.kind === kind)
  const orderedAt = orderAfter(startedAt, newest ? [newest.order] : [])
  if (newest && newest.at > startedAt) {
    log.warn(
      `The clock says ${startedAt.toISOString()}, and ${newest.id} is of ${newest.at.toISOString()}: it was set back, or was ahead then.\nThe new backup counts as the latest, though its name sorts before. Check the clock (date).`,
    )
  }
  return orderedAt
}
