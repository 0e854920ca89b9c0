import { existsSync } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { algorithmOf } from './archive.ts'

/** One archive of a backup in tar format. */
export type Archive = {
  name: string
  path: string
  bytes: number
  /** What it holds: the data directory, the WAL, or a tablespace. */
  role: 'base' | 'wal' | 'tablespace'
  /** Of a tablespace. */
  oid?: string
}

/** What pg_basebackup left in a folder, ours or somebody else's. */
export type BackupFolder = {
  folder: string
  format: 'tar' | 'plain'
  /** Of plain format: the data directory itself. */
  dataFolder?: string
  archives: Archive[]
  manifestPath?: string
}

/** Undefined: no base backup is in this folder. */
export async function readBackupFolder(folder: string): Promise<BackupFolder | undefined> {
  const dataFolder = [join(folder, 'data'), folder].find(path => existsSync(join(path, 'PG_VERSION')))
  if (dataFolder) {
    const manifestPath = join(dataFolder, 'backup_manifest')
    return {
      folder,
      format: 'plain',
      dataFolder,
      archives: [],
      ...(existsSync(manifestPath) && { manifestPath }),
    }
  }
  const names = await readdir(folder).catch(() => [] as string[])
  const archives: Archive[] = []
  for (const name of names.sort()) {
    const role = roleOf(name)
    if (role === undefined) continue
    const path = join(folder, name)
    // A link that leads nowhere is no archive, and its backup has one less.
    const found = await stat(path).catch(() => undefined)
    if (!found?.isFile()) continue
    const bytes = found.size
    archives.push({
      name,
      path,
      bytes,
      role,
      ...(role === 'tablespace' && { oid: name.split('.')[0] ?? '' }),
    })
  }
  if (!archives.some(a => a.role === 'base')) return undefined
  const manifestPath = join(folder, 'backup_manifest')
  return { folder, format: 'tar', archives, ...(existsSync(manifestPath) && { manifestPath }) }
}

function roleOf(name: string): Archive['role'] | undefined {
  if (algorithmOf(name) === undefined) return undefined
  const stem = name.slice(0, name.indexOf('.tar'))
  if (stem === 'base') return 'base'
  if (stem === 'pg_wal') return 'wal'
  return /^\d+$/.test(stem) ? 'tablespace' : undefined
}

/** The path by which the manifest knows an entry of an archive. */
export function manifestPathOf(archive: Pick<Archive, 'role' | 'oid'>, entry: string): string {
  const path = entry.replace(/^\.\//, '')
  return archive.role === 'tablespace' ? `pg_tblspc/${archive.oid}/${path}` : path
}

/**
 * Files that differ from the manifest by design: pg_verifybackup passes over the same ones.
 * https://www.postgresql.org/docs/current/app-pgverifybackup.html
 */
export const isOutsideManifest = (path: string): boolean =>
  /^(pg_wal\/|backup_manifest$|postgresql\.auto\.conf$|standby\.signal$|recovery\.signal$)/.test(path)

/**
 * Why an entry of an archive must not be unpacked; undefined where it may. pg_basebackup writes nothing but files
 * and folders below the data directory: tablespaces come as archives of their own, not as links.
 */
export function unsafeEntry(path: string, type: string): string | undefined {
  if (path.startsWith('/') || /^[a-z]:[\\/]/i.test(path)) return 'its path is absolute'
  if (path.split('/').includes('..')) return 'its path leaves the target'
  if (!['File', 'OldFile', 'ContiguousFile', 'Directory', 'GNUDumpDir'].includes(type))
    return `it is a ${type}, not a file or a folder`
  return undefined
}
