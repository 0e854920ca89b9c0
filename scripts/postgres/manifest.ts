import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

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

type FileLine = {
  Path?: string
  'Encoded-Path'?: string
  Size: number
  'Checksum-Algorithm'?: string
  Checksum?: string
}

/**
 * Reads a manifest and checks the checksum that it ends with.
 * @throws Error that says what is wrong with it.
 */
export async function readManifest(path: string): Promise<Manifest> {
  const files = new Map<string, ManifestFile>()
  const walRanges: Manifest['walRanges'] = []
  const hash = createHash('sha256')
  let systemIdentifier: string | undefined
  let stated: string | undefined
  let totalBytes = 0
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    const checksum = /^"Manifest-Checksum": "([0-9a-f]+)"\}$/.exec(line)
    if (checksum) stated = checksum[1]
    else hash.update(`${line}\n`)
    if (line.startsWith('{ "Path"') || line.startsWith('{ "Encoded-Path"')) {
      const file = JSON.parse(line.replace(/,$/, '')) as FileLine
      files.set(pathOf(file), {
        bytes: file.Size,
        algorithm: file['Checksum-Algorithm'] ?? 'NONE',
        checksum: file.Checksum ?? '',
      })
      totalBytes += file.Size
    } else if (line.includes('"Start-LSN"')) {
      const range = JSON.parse(line.replace(/,$/, ''))
      walRanges.push({ timeline: range.Timeline, startLsn: range['Start-LSN'], endLsn: range['End-LSN'] })
    } else {
      // A number of 64 bits: JSON.parse would round it.
      systemIdentifier ??= /"System-Identifier": (\d+)/.exec(line)?.[1]
    }
  }
  if (stated === undefined) throw new Error('it is cut off: its own checksum is missing')
  if (hash.digest('hex') !== stated) throw new Error('its own checksum does not match: it was changed')
  return { files, totalBytes, walRanges, systemIdentifier }
}

/**
 * Names that are not UTF-8 are written as hexadecimal digits. Here they become what they are in the listing of an
 * archive: what is no UTF-8 is U+FFFD.
 */
const pathOf = (file: FileLine): string =>
  file.Path ?? Buffer.from(file['Encoded-Path'] ?? '', 'hex').toString('utf8')
