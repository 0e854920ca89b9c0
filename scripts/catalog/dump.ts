import { existsSync } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type DumpBackup, type DumpFormat, momentsOf } from './backup.ts'
import { readMetadata, readVerified } from './described.ts'

const ownPattern = /_\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ$/
const endings = /\.(dump|sql(?:\.(?:zst|gz|lz4))?)$/
/** What a dump of ours may have beside it. */
const companions = /\.(metadata\.json|verified\.json|roles\.sql)$/

/** Whether a name is the id of a dump of ours: `<database>_<environment>_<stamp>`. */
export const isDumpId = (name: string): boolean => ownPattern.test(name)

/** The name without what pg_dump's format added to it. */
const withoutEnding = (name: string): string => name.replace(endings, '')

/**
 * The dumps of a folder by what belongs together: a description whose dump is gone is one as well, for it must not
 * vanish silently.
 */
export function dumpNames(names: readonly string[]): string[] {
  const files = names.filter(name => endings.test(name) && !companions.test(name))
  const there = new Set(files.map(withoutEnding))
  const gone = names
    .filter(name => name.endsWith('.metadata.json'))
    .map(name => name.slice(0, -'.metadata.json'.length))
    .filter(id => isDumpId(id) && !there.has(id))
  return [...files, ...gone]
}

/**
 * One dump, by its file, its folder, or the name without an ending; undefined where there is none.
 */
export async function openDump(path: string): Promise<DumpBackup | undefined> {
  const folder = dirname(path)
  const id = withoutEnding(basename(path))
  const own = isDumpId(id)
  const stem = join(folder, own ? id : basename(path))
  const [described, verified] = await Promise.all([
    readMetadata(`${stem}.metadata.json`, 'dump'),
    readVerified(`${stem}.verified.json`),
  ])
  const file = await dumpFile(path, described.metadata?.backup_file)
  const format = file === undefined ? undefined : await formatOf(file)
  const base = { kind: 'dump' as const, id: own ? id : basename(path), stem, ...(verified && { verified }) }
  if (file === undefined || format === undefined) {
    if (!existsSync(`${stem}.metadata.json`)) return undefined
    const { mtime } = await stat(`${stem}.metadata.json`)
    return {
      ...base,
      ...described,
      path: join(folder, described.metadata?.backup_file ?? `${id}.dump`),
      format: described.metadata?.format ?? 'custom',
      bytes: 0,
      ...momentsOf(described.metadata, mtime),
      damage: described.damage ?? (file ? 'its file is not a dump' : 'its dump is missing'),
    }
  }
  const { mtime } = await stat(file)
  return {
    ...base,
    path: file,
    format,
    bytes: described.metadata?.backup_size_bytes ?? (await bytesOf(file)),
    ...momentsOf(described.metadata, mtime),
    ...described,
    ...(own && !described.metadata && !described.damage && { damage: 'its metadata.json is missing' }),
  }
}

/** The path itself, the file that its description names, or the one that begins with it. */
async function dumpFile(path: string, named: string | undefined): Promise<string | undefined> {
  const folder = dirname(path)
  if (named !== undefined && existsSync(join(folder, named))) return join(folder, named)
  if (existsSync(path)) return path
  const id = basename(path)
  const names = await readdir(folder).catch(() => [] as string[])
  const found = names.find(name => name !== id && endings.test(name) && withoutEnding(name) === id)
  return found && !companions.test(found) ? join(folder, found) : undefined
}

/** By what it begins with, as pg_restore tells them apart; undefined where it is no dump. */
export async function formatOf(path: string): Promise<DumpFormat | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return existsSync(join(path, 'toc.dat')) ? 'directory' : undefined
  if (!found?.isFile()) return undefined
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    const head = buffer.subarray(0, bytesRead)
    if (head.subarray(0, 5).toString('latin1') === 'PGDMP') return 'custom'
    if (head.subarray(257, 262).toString('latin1') === 'ustar')
      return head.subarray(0, 7).toString('latin1') === 'toc.dat' ? 'tar' : undefined
    if (/^(--\s*)*-- PostgreSQL database/.test(head.toString('latin1'))) return 'plain'
    return /\.sql(\.\w+)?$/.test(path) ? 'plain' : endings.test(path) ? 'custom' : undefined
  } finally {
    await file.close()
  }
}

async function bytesOf(path: string): Promise<number> {
  const found = await stat(path)
  if (!found.isDirectory()) return found.size
  const sizes = (await readdir(path)).map(async name => (await stat(join(path, name))).size)
  return (await Promise.all(sizes)).reduce((a, b) => a + b, 0)
}
