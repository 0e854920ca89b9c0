import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { ToolkitError } from '../errors.ts'
import { isLink } from '../settings/real_folder.ts'
import type { Backup, DumpBackup, PhysicalBackup } from './backup.ts'
import { writeVerifiedFile } from './described.ts'
import { dumpNames, isDumpId, openDump } from './dump.ts'
import type { Verified } from './metadata.ts'
import { isPhysicalId, openPhysical } from './physical.ts'

export type { Backup, DumpBackup, PhysicalBackup } from './backup.ts'
export type { Verified }
export { openDump, openPhysical }

/** Whether this is how a backup of ours is called. */
export const isId = (name: string): boolean => isPhysicalId(name) || isDumpId(name)

/** All backups of a folder, newest first. What is being written (`.partial`) is none yet. */
export async function listBackups(backupsDir: string): Promise<Backup[]> {
  const entries = await readdir(backupsDir, { withFileTypes: true }).catch(error => {
    if (refuseNoFolder(backupsDir, error)) return []
    throw error
  })
  const shown = entries.filter(({ name }) => !name.startsWith('.') && !name.endsWith('.partial'))
  const aliases = await Promise.all(shown.map(entry => isAlias(backupsDir, entry)))
  const names = shown.filter((_, i) => !aliases[i]).map(entry => entry.name)
  const dumps = dumpNames(names)
  const found = await Promise.all([
    ...names.filter(name => !dumps.includes(name)).map(name => openPhysical(join(backupsDir, name))),
    ...dumps.map(name => openDump(join(backupsDir, name))),
  ])
  return found.filter(b => b !== undefined).sort((a, b) => b.order.getTime() - a.order.getTime())
}

/** The physical backups of a folder, newest first. */
export const listPhysical = async (backupsDir: string): Promise<PhysicalBackup[]> =>
  (await listBackups(backupsDir)).filter(b => b.kind === 'physical')

/** The dumps of a folder, newest first. */
export const listDumps = async (backupsDir: string): Promise<DumpBackup[]> =>
  (await listBackups(backupsDir)).filter(b => b.kind === 'dump')

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

/** One backup; undefined where there is none. */
export async function openBackup(path: string): Promise<Backup | undefined> {
  return (await openPhysical(path)) ?? (await openDump(path))
}

/** Writes down what was learned about a backup, beside it. */
export const writeVerified = (backup: Backup, verified: Verified): Promise<void> =>
  writeVerifiedFile(
    backup.kind === 'physical' ? join(backup.path, 'verified.json') : `${backup.stem}.verified.json`,
    verified,
  )

async function whyNone(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined)
    return isLink(path) ? 'It is a link that leads to nothing.' : 'There is no such folder.'
  return found.isDirectory() ? undefined : 'It is a file: name the folder that it is in.'
}

/** Which backups a command is about. */
export type Wanted = {
  kind?: Backup['kind']
  /** Of a dump: only those of this database. */
  database?: string | undefined
}

const fits = (backup: Backup, { kind, database }: Wanted): boolean =>
  (kind === undefined || backup.kind === kind) &&
  (database === undefined || (backup.kind === 'dump' && backup.metadata?.database_name === database))

/**
 * The backup that a person means: an id, the beginning of one, a path, or `latest`.
 * @throws ToolkitError usage where there is none, or more than one.
 */
export async function findBackup(backupsDir: string, name: string, wanted: Wanted = {}): Promise<Backup> {
  const found = isAbsolute(name) ? await findByPath(name) : await findByName(backupsDir, name, wanted)
  if (fits(found, { ...(wanted.kind && { kind: wanted.kind }) })) return found
  const isDump = found.kind === 'dump'
  throw new ToolkitError('usage', {
    what: isDump
      ? `${found.id} is a dump of one database, not a backup of the whole cluster.`
      : `${found.id} is a backup of the whole cluster, not a dump of one database.`,
    hint: isDump ? 'make restore-dump restores it.' : 'make restore restores it.',
  })
}

/** @throws ToolkitError usage */
export const findPhysical = async (backupsDir: string, name: string): Promise<PhysicalBackup> =>
  (await findBackup(backupsDir, name, { kind: 'physical' })) as PhysicalBackup

/** @throws ToolkitError usage */
export const findDump = async (backupsDir: string, name: string, database?: string): Promise<DumpBackup> =>
  (await findBackup(backupsDir, name, { kind: 'dump', database })) as DumpBackup

async function findByPath(path: string): Promise<Backup> {
  const backup = await openBackup(await realpath(path).catch(() => path))
  if (backup) return backup
  const inside = await listBackups(path).catch(() => [])
  throw new ToolkitError('usage', {
    what: `There is no backup in ${path}.`,
    why: await whyNone(path),
    hint:
      inside.length > 0
        ? `It holds ${inside.length} backups: name one of them.`
        : 'make list shows the backups there are.',
  })
}

async function findByName(backupsDir: string, name: string, wanted: Wanted): Promise<Backup> {
  const backups = await listBackups(backupsDir)
  const candidates = backups.filter(b => fits(b, wanted))
  const intact = candidates.filter(b => b.damage === undefined)
  const asked = name === '' || name === 'latest'
  const exact = name === 'latest' ? intact[0] : backups.find(b => b.id === name)
  if (exact) return exact
  // A link beside the backups, such as one that somebody keeps to the newest.
  const linked = asked ? '' : await realpath(join(backupsDir, name)).catch(() => '')
  const alias = linked === '' ? undefined : await openBackup(linked)
  if (alias) return alias
  const similar = asked ? [] : candidates.filter(b => b.id.startsWith(name) || b.id.includes(`_${name}`))
  if (similar.length === 1 && similar[0]) return similar[0]
  const isDump = wanted.kind === 'dump'
  const of = wanted.database === undefined ? '' : ` of database “${wanted.database}”`
  throw new ToolkitError('usage', {
    what:
      similar.length > 1
        ? `“${name}” fits ${similar.length} backups.`
        : isDump
          ? `There is no dump “${name}”${of} in ${backupsDir}.`
          : `There is no backup “${name}” in ${backupsDir}.`,
    why: similar.length > 1 ? similar.map(b => b.id).join('\n') : undefined,
    hint: intact[0]
      ? `make list shows them; the latest is ${intact[0].id}.`
      : isDump
        ? 'make dump DB=… makes one.'
        : 'make save makes one.',
  })
}
