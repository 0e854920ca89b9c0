import { type Backup, findBackup, listBackups, type Verified, writeVerified } from '../catalog/catalog.ts'
import { whileReading } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { verifyDump } from './verify_dump.ts'
import { verifyPhysical } from './verify_physical.ts'

export type VerifyResult = {
  id: string
  level: Verified['level']
  result: 'ok' | 'failed'
  problems: string[]
  /** What could not be checked, and why. */
  notes: string[]
  seconds: number
}

/** What was seen of one backup. */
export type Found = Pick<VerifyResult, 'level' | 'problems' | 'notes'>

/**
 * Verifies one backup, or all of them where none is named, and writes down beside each what was found.
 * Without `deep` the archives are hashed again; with it every file in them and the WAL as well.
 */
export async function verifyBackups(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<VerifyResult[]> {
  const { settings } = resolved
  const chosen = settings.backupDir
    ? [await findBackup(settings.backupsDir, settings.backupDir)]
    : await listBackups(settings.backupsDir)
  if (chosen.length === 0) {
    throw new ToolkitError('usage', {
      what: `There are no backups in ${settings.backupsDir}.`,
      hint: 'make save makes one.',
    })
  }
  const results: VerifyResult[] = []
  for (const backup of chosen) {
    context.log.step(`Verifying ${backup.id} …`)
    results.push(await verifyBackup(runtime, resolved, backup, settings.deep, context))
  }
  return results
}

/**
 * Verifies one backup. Problems are a result here; a disk that cannot be read is an error.
 * @throws ToolkitError locked while it is being deleted.
 */
export const verifyBackup = (
  runtime: Runtime,
  resolved: Resolved,
  backup: Backup,
  deep: boolean,
  context: Context,
): Promise<VerifyResult> =>
  whileReading(backup.path, () => verifyOne(runtime, resolved, backup, deep, context))

async function verifyOne(
  runtime: Runtime,
  resolved: Resolved,
  backup: Backup,
  deep: boolean,
  context: Context,
): Promise<VerifyResult> {
  const started = performance.now()
  const { level, ...found } =
    backup.kind === 'physical'
      ? await verifyPhysical(runtime, resolved, backup, deep, context)
      : await verifyDump(runtime, resolved, backup, context)
  const problems = [...new Set([...(backup.damage ? [backup.damage] : []), ...found.problems])]
  const notes = [...found.notes]
  if (!backup.metadata && !backup.damage)
    notes.push('not made by this toolkit: there is no metadata.json to compare with')
  const result = problems.length === 0 ? ('ok' as const) : ('failed' as const)
  await writeVerified(backup, { at: new Date().toISOString(), level, result, problems }).catch(() => {
    notes.push('the result could not be written beside the backup')
  })
  return { id: backup.id, level, result, problems, notes, seconds: (performance.now() - started) / 1000 }
}
