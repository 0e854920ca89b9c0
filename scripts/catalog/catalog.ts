import { existsSync } from 'node:fs'
import { readdir, readFile, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { ToolkitError } from '../errors.ts'
import { type BackupFolder, readBackupFolder } from '../postgres/backup_folder.ts'
import { isLink } from '../settings/real_folder.ts'
import { writeDurably } from './durable.ts'
import { type Metadata, openMetadata, type Verified, verifiedSchema } from './metadata.ts'

export type { Verified }

export type Backup = {
  id: string
  contents: BackupFolder
  /** Absent: somebody else's, or damaged; then `damage` says how. */
  metadata?: Metadata
  damage?: string
  verified?: Verified
  bytes: number
  /** When it was begun; of a foreign one, when its manifest or archive was last changed. */
  at: Date
  /** What decides which one is the newest: a clock that was set back must not make an old backup the latest. */
  order: Date
}

const idPattern = /^cluster_backup_\d{8}_\d{6}$/
/** Whether this is how a backup of ours is called. */
export const isId = (name: string): boolean => idPattern.test(name)

/** All backups of a folder, newest first. What is being written (`.partial`) is none yet. */
export async function listBackups(backupsDir: string): Promise<Backup[]> {
  const entries = await readdir(backupsDir, { withFileTypes: true }).catch(error => {
    if (refuseNoFolder(backupsDir, error)) return []
    throw error
  })
  const shown = entries.filter(({ name }) => !name.startsWith('.') && !name.endsWith('.partial'))
  const folders = await Promise.all(shown.map(entry => isAlias(backupsDir, entry)))
  const names = shown.filter((_, i) => !folders[i]).map(entry => entry.name)
  const found = await Promise.all(names.map(name => openBackup(join(backupsDir, name))))
  return found.filter(b => b !== undefined).sort((a, b) => b.order.getTime() - a.order.getTime())
}

/** A link to a backup of the same folder: it would be there twice. One to another place is where that backup is. */
async function isAlias(
  backupsDir: string,
  entry: { name: string; isSymbolicLink(): boolean },
): Promise<boolean> {
  if (!entry.isSymbolicLink()) return false
  const real = await realpath(join(backupsDir, entry.name)).catch(() => '')
  return dirname(real) === (await realpath(backupsDir))
}

/**
 * True: the folder is not there yet. A disk that is not mounted must not look like a folder without backups.
 * @throws ToolkitError prerequisite where it is no folder.
 */
function refuseNoFolder(path: string, { code, message }: NodeJS.ErrnoException): boolean {
  const linked = isLink(path)
  if (code === 'ENOENT' && !linked) return true
  if (!linked && code !== 'ENOTDIR') return false
  throw new ToolkitError('prerequisite', {
    what: linked ? `${path} is a link that leads to no folder.` : `${path} is not a folder.`,
    why: message,
    hint: linked
      ? 'Is the disk mounted that it leads to? ls -l shows where that is.'
      : 'Name the folder that it is in.',
  })
}

/** One backup; undefined where the folder holds none. */
export async function openBackup(folder: string): Promise<Backup | undefined> {
  const contents = await readBackupFolder(folder)
  const metadataPath = join(folder, 'metadata.json')
  const id = basename(folder)
  const [described, verified] = await Promise.all([readMetadata(metadataPath), readVerified(folder)])
  if (contents === undefined) {
    // A backup of ours whose archives are gone is still listed: it must not vanish silently.
    if (!existsSync(metadataPath)) return undefined
    const { mtime } = await stat(folder)
    const gone = { folder, format: 'tar' as const, archives: [] }
    const damage = 'its base archive is missing'
    const when = momentsOf(described.metadata, mtime)
    return { id, contents: gone, bytes: 0, ...when, ...described, damage, ...(verified && { verified }) }
  }
  const ownButIncomplete = !described.metadata && !described.damage && idPattern.test(id)
  const { mtime } = await stat(contents.manifestPath ?? contents.archives[0]?.path ?? folder)
  return {
    id,
    contents,
    bytes: described.metadata?.backup_size_bytes ?? contents.archives.reduce((sum, a) => sum + a.bytes, 0),
    ...momentsOf(described.metadata, mtime),
    ...described,
    ...(ownButIncomplete && { damage: 'its metadata.json is missing' }),
    ...(verified && { verified }),
  }
}

function momentsOf(metadata: Metadata | undefined, mtime: Date): Pick<Backup, 'at' | 'order'> {
  if (metadata === undefined) return { at: mtime, order: mtime }
  const { started_at, ordered_at = started_at } = metadata
  return { at: new Date(started_at), order: new Date(ordered_at) }
}

async function readMetadata(path: string): Promise<{ metadata?: Metadata; damage?: string }> {
  try {
    return { metadata: openMetadata(await readFile(path, 'utf8')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    return { damage: `its metadata.json cannot be trusted: ${(error as Error).message}` }
  }
}

/** What cannot be read was not learned. */
async function readVerified(folder: string): Promise<Verified | undefined> {
  try {
    return verifiedSchema.parse(JSON.parse(await readFile(join(folder, 'verified.json'), 'utf8')))
  } catch {
    return undefined
  }
}

export const writeVerified = (folder: string, verified: Verified): Promise<void> =>
  writeDurably(join(folder, 'verified.json'), `${JSON.stringify(verified, null, 2)}\n`)

async function whyNone(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    return isLink(path) ? 'It is a link that leads to nothing.' : 'There is no such folder.'
  return found.isDirectory() ? undefined : 'It is a file: name the folder that it is in.'
}

/**
 * The backup that a person means: an id, the beginning of one, a folder, or `latest`.
 * @throws ToolkitError usage where there is none, or more than one.
 */
export async function findBackup(backupsDir: string, name: string): Promise<Backup> {
  if (isAbsolute(name)) {
    const backup = await openBackup(await realpath(name).catch(() => name))
    if (backup) return backup
    const inside = await listBackups(name).catch(() => [])
    throw new ToolkitError('usage', {
      what: `There is no backup in ${name}.`,
      why: await whyNone(name),
      hint:
        inside.length > 0
          ? `It holds ${inside.length} backups: name one of them.`
          : 'make list shows the backups there are.',
    })
  }
  const backups = await listBackups(backupsDir)
  const intact = backups.filter(b => b.damage === undefined)
  const exact = name === 'latest' ? intact[0] : backups.find(b => b.id === name)
  if (exact) return exact
  // A link beside the backups, such as one that somebody keeps to the newest.
  const linked =
    name === '' || name === 'latest' ? '' : await realpath(join(backupsDir, name)).catch(() => '')
  const alias = linked === '' ? undefined : await openBackup(linked)
  if (alias) return alias
  const similar =
    name === '' || name === 'latest'
      ? []
      : backups.filter(b => b.id.startsWith(name) || b.id.includes(`_${name}`))
  if (similar.length === 1 && similar[0]) return similar[0]
  throw new ToolkitError('usage', {
    what:
      similar.length > 1
        ? `“${name}” fits ${similar.length} backups.`
        : `There is no backup “${name}” in ${backupsDir}.`,
    why: similar.length > 1 ? similar.map(b => b.id).join('\n') : undefined,
    hint: intact[0] ? `make list shows them; the latest is ${intact[0].id}.` : 'make save makes one.',
  })
}
