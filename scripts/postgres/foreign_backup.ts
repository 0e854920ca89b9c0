import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadEntry } from 'tar'
import { ToolkitError } from '../errors.ts'
import { formatBytes } from '../terminal/format.ts'
import { type ArchivePlace, readArchive } from './archive.ts'
import { type BackupFolder, unsafeEntry } from './backup_folder.ts'

/** What a base backup without metadata.json says about itself. */
export type ForeignFacts = {
  major: number
  totalBytes: number
  files: number
  hasLabel: boolean
  tablespaces: { oid: string; location: string }[]
}

/** The files that describe a backup have some hundred bytes; this is what a tablespace_map may grow to. */
const describingBytes = 1 << 20

/**
 * Reads the archives of somebody else's backup through, looking for the few small files that describe it. As soon as
 * their entries claim more than `room` bytes it ends: a few megabytes can expand to more than any disk has.
 * @throws ToolkitError verification where an archive is damaged or an entry leaves the target, space.
 */
export async function readForeignTar(
  backup: BackupFolder,
  place: ArchivePlace,
  room = Number.POSITIVE_INFINITY,
): Promise<ForeignFacts> {
  const small = new Map<string, string>()
  let totalBytes = 0
  let files = 0
  for (const archive of backup.archives) {
    await readArchive(archive.path, place, entry => {
      const unsafe = unsafeEntry(entry.path, entry.type)
      if (unsafe) throw refusedEntry(archive.name, entry.path, unsafe)
      if (entry.type.endsWith('File')) {
        files += 1
        totalBytes += entry.header.size ?? 0
        if (totalBytes > room) throw tooLarge(archive.name, totalBytes, room)
      }
      const name = entry.path.replace(/^\.\//, '')
      if (archive.role === 'base' && ['PG_VERSION', 'backup_label', 'tablespace_map'].includes(name)) {
        if (entry.size > describingBytes) throw refusedEntry(archive.name, entry.path, 'it is far too large')
        collect(entry, text => small.set(name, text))
      } else {
        entry.resume()
      }
    })
  }
  return {
    major: Number.parseInt(small.get('PG_VERSION') ?? '', 10),
    totalBytes,
    files,
    hasLabel: small.has('backup_label'),
    tablespaces: parseTablespaceMap(small.get('tablespace_map') ?? ''),
  }
}

/** A tablespace_map of thousands of lines is shorter; what is longer is none, whatever its name. */
const longestText = 1 << 20
const tooLarge = (archive: string, bytes: number, room: number): ToolkitError =>
  new ToolkitError('space', {
    what: `Not enough space: ${archive} alone unpacks to more than the ${formatBytes(room)} that are free.`,
    why: `Its entries claim ${formatBytes(bytes)} so far; it was not read further.`,
    hint: 'Nothing was changed. Is it a real backup? Then restore to a larger disk with TARGET=…',
  })

function collect(entry: ReadEntry, done: (text: string) => void): void {
  const chunks: Buffer[] = []
  let bytes = 0
  entry.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes <= longestText) chunks.push(chunk)
  })
  entry.on('end', () => done(Buffer.concat(chunks).toString('utf8')))
}

export const refusedEntry = (archive: string, path: string, why: string): ToolkitError =>
  new ToolkitError('verification', {
    what: `${archive} holds an entry that is refused: ${path}`,
    why: `${why}. pg_basebackup writes no such entry: the archive was tampered with.`,
    hint: 'Do not use this backup. Nothing was changed.',
  })

/** The major version of an unpacked backup. */
export const plainMajor = async (dataFolder: string): Promise<number> =>
  Number.parseInt(await readFile(join(dataFolder, 'PG_VERSION'), 'utf8'), 10)

/**
 * tablespace_map: a line for each tablespace, its oid and where it was. Backslashes protect line ends in a path.
 * https://www.postgresql.org/docs/current/continuous-archiving.html
 */
export const parseTablespaceMap = (text: string): { oid: string; location: string }[] =>
  [...text.matchAll(/^(\d+) ((?:\\[\s\S]|[^\\\n])*)$/gm)].map(([, oid = '', location = '']) => ({
    oid,
    location: location.replace(/\\([\s\S])/g, '$1'),
  }))

export const formatTablespaceMap = (tablespaces: readonly { oid: string; location: string }[]): string =>
  tablespaces.map(({ oid, location }) => `${oid} ${location.replace(/[\\\n\r]/g, '\\$&')}\n`).join('')
