import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { readBackupFolder } from '../postgres/backup_folder.ts'
import { momentsOf, type PhysicalBackup } from './backup.ts'
import { readMetadata, readVerified } from './described.ts'

const idPattern = /^cluster_backup_\d{8}_\d{6}$/
/** Whether this is how a physical backup of ours is called. */
export const isPhysicalId = (name: string): boolean => idPattern.test(name)

/** One physical backup; undefined where the folder holds none. */
export async function openPhysical(folder: string): Promise<PhysicalBackup | undefined> {
  const contents = await readBackupFolder(folder)
  const metadataPath = join(folder, 'metadata.json')
  const id = basename(folder)
  const [described, verified] = await Promise.all([
    readMetadata(metadataPath, 'physical'),
    readVerified(join(folder, 'verified.json')),
  ])
  const base = { kind: 'physical' as const, id, path: folder, ...(verified && { verified }) }
  if (contents === undefined) {
    // A backup of ours whose archives are gone is still listed: it must not vanish silently.
    if (!existsSync(metadataPath)) return undefined
    const { mtime } = await stat(folder)
    const gone = { folder, format: 'tar' as const, archives: [] }
    const damage = 'its base archive is missing'
    const when = momentsOf(described.metadata, mtime)
    return { ...base, contents: gone, bytes: 0, ...when, ...described, damage }
  }
  const ownButIncomplete = !described.metadata && !described.damage && isPhysicalId(id)
  const { mtime } = await stat(contents.manifestPath ?? contents.archives[0]?.path ?? folder)
  return {
    ...base,
    contents,
    bytes: described.metadata?.backup_size_bytes ?? contents.archives.reduce((sum, a) => sum + a.bytes, 0),
    ...momentsOf(described.metadata, mtime),
    ...described,
    ...(ownButIncomplete && { damage: 'its metadata.json is missing' }),
  }
}
