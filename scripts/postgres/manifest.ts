import { createHash } from 'node:crypto'
import { readLines } from './lines.ts'
import { parseLsn } from './lsn.ts'

/**
 * backup_manifest. https://www.postgresql.org/docs/current/backup-manifest-format.html
 * PostgreSQL writes one line for each file, so the manifest is read line by line: that of a million files
 * would not fit into a string.
 */
export type ManifestFile = { bytes: number; algorithm: string; checksum: string }
export type Manifest = {
  /** Path within the data directory → what is there. Tablespaces are below pg_tblspc/<oid>/. */
  files: Map<string, ManifestFile>
  totalBytes: number
  walRanges: { timeline: number; startLsn: string; endLsn: string }[]
  systemIdentifier: string | undefined
}

/**
 * Several names that are not UTF-8 may read the same. Each after the first has its number behind a character that no
 * name can hold.
 */
export const numbered = (path: string, number: number): string => (number === 1 ? path : `${path}\0${number}`)

/**
 * Reads a manifest and checks the checksum that it ends with.
 * @throws Error that says what is wrong with it.
 */
export async function readManifest(path: string): Promise<Manifest> {
  const manifest: Manifest = { files: new Map(), totalBytes: 0, walRanges: [], systemIdentifier: undefined }
  const hash = createHash('sha256')
  let stated: string | undefined
  let nonsense: unknown
  for await (const { bytes, ended } of readLines(path)) {
    const line = bytes.toString('utf8')
    const last = ended ? /^"Manifest-Checksum": "([0-9a-f]+)"\}$/.exec(line)?.[1] : undefined
    // What stands behind the checksum is hashed like the rest, and so it does not match.
    if (last !== undefined && stated === undefined) stated = last
    else hash.update(bytes).update('\n')
    // First of all it has to be whole.
    try {
      readLine(line, manifest)
    } catch (error) {
      nonsense ??= error
    }
  }
  if (stated === undefined) throw new Error('it is cut off: its own checksum is missing')
  if (hash.digest('hex') !== stated) throw new Error('its own checksum does not match: it was changed')
  if (nonsense) throw new Error(`no PostgreSQL wrote it: ${(nonsense as Error).message}`)
  return manifest
}

function readLine(line: string, manifest: Manifest): void {
  if (line.startsWith('{ "Path"') || line.startsWith('{ "Encoded-Path"')) {
    const file = JSON.parse(line.replace(/,$/, '')) as Record<string, unknown>
    const bytes = wholeNumber(file.Size, 'Size')
    manifest.files.set(freePath(manifest.files, pathOf(file)), {
      bytes,
      algorithm: String(file['Checksum-Algorithm'] ?? 'NONE'),
      checksum: String(file.Checksum ?? ''),
    })
    manifest.totalBytes += bytes
  } else if (line.includes('"Start-LSN"')) {
    manifest.walRanges.push(rangeOf(JSON.parse(line.replace(/,$/, ''))))
  } else {
    // A number of 64 bits: JSON.parse would round it.
    manifest.systemIdentifier ??= /"System-Identifier": (\d+)/.exec(line)?.[1]
  }
}

/**
 * Names that are not UTF-8 are written as hexadecimal digits. Here they become what they are in the listing of an
 * archive: what is no UTF-8 is U+FFFD.
 */
function pathOf({ Path: path, 'Encoded-Path': encoded }: Record<string, unknown>): string {
  const found = typeof encoded === 'string' ? Buffer.from(encoded, 'hex').toString('utf8') : path
  if (typeof found !== 'string' || found === '' || found.includes('\0')) throw new Error('a file has no name')
  return found
}

function freePath(files: ReadonlyMap<string, unknown>, path: string): string {
  let number = 1
  while (files.has(numbered(path, number))) number += 1
  return numbered(path, number)
}

function rangeOf(range: Record<string, unknown>): Manifest['walRanges'][number] {
  const [startLsn, endLsn] = [String(range['Start-LSN']), String(range['End-LSN'])]
  if (parseLsn(startLsn) > parseLsn(endLsn)) throw new Error(`WAL from ${startLsn} to ${endLsn}`)
  return { timeline: wholeNumber(range.Timeline, 'Timeline', 0xffff_ffff), startLsn, endLsn }
}

function wholeNumber(value: unknown, name: string, most = Number.MAX_SAFE_INTEGER): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value
  throw new Error(`a ${name} is ${JSON.stringify(value)}`)
}
