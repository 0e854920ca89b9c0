import { findBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import type { RestoreResult } from './restore.ts'
import { type RestoreDumpResult, restoreDump } from './restore_dump.ts'
import { restoreInto } from './restore_into.ts'

export type RestoreBackupResult = { physical: RestoreResult } | { logical: RestoreDumpResult }

/**
 * Restores a backup of either kind. A dump without another name takes the place of its database after a question; the
 * old one is kept under another name.
 * @throws ToolkitError as `restoreCluster` and `restoreDump`
 */
export async function restoreBackup(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<RestoreBackupResult> {
  const { settings } = resolved
  const { backupDir, cloneTarget, noClean } = settings
  if (!backupDir) {
    throw new ToolkitError('usage', {
      what: 'Which backup?',
      hint: 'restore <id>, one of those that list shows; or latest.',
    })
  }
  const { kind } = await findBackup(settings.backupsDir, backupDir)
  if (kind === 'physical') {
    if (cloneTarget !== undefined) {
      throw new ToolkitError('usage', {
        what: `${backupDir} is a physical backup of a whole cluster: it has no database “${cloneTarget}” to go into.`,
        hint: 'Leave --target out, or restore it into a folder: make restore BACKUP_DIR=… TARGET=…',
      })
    }
    return { physical: await restoreInto(runtime, resolved, context) }
  }
  const ifExists = noClean ? 'new' : cloneTarget === undefined ? 'replace' : 'fail'
  const asked = { ...settings, file: backupDir, targetDb: cloneTarget, ifExists } as const
  return { logical: await restoreDump(runtime, { ...resolved, settings: asked }, context) }
}
