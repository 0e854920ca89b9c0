import { findPhysical, listPhysical, type PhysicalBackup } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import type { Settings } from '../settings/options.ts'

/** The backup that is to be restored. @throws ToolkitError usage, verification */
export async function chooseBackup(
  settings: Pick<Settings, 'backupDir' | 'backupsDir'>,
): Promise<PhysicalBackup> {
  if (!settings.backupDir) {
    const known = await listPhysical(settings.backupsDir)
    throw new ToolkitError('usage', {
      what: 'Which backup?',
      why:
        known
          .slice(0, 5)
          .map(b => b.id)
          .join('\n') || `There is none in ${settings.backupsDir}.`,
      hint: 'make restore BACKUP_DIR=latest, or one of make list.',
    })
  }
  const backup = await findPhysical(settings.backupsDir, settings.backupDir)
  if (backup.damage) {
    throw new ToolkitError('verification', {
      what: `${backup.id} cannot be trusted: ${backup.damage}.`,
      hint: 'make list shows others. If there is nothing else: rename its folder and remove metadata.json;\nit then restores as a foreign backup, checked against its manifest only.',
    })
  }
  return backup
}
