import { createHash } from 'node:crypto'

export type ManifestLine = { path: string | Buffer; content: string }

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex')

/** A backup_manifest as PostgreSQL 17 writes it. A path that is given as bytes is one that is not UTF-8. */
export function manifestOf(
  files: readonly ManifestLine[],
  ranges = [{ timeline: 1, start: '0/2000028', end: '0/2000120' }],
): string {
  const lines = files.map(({ path, content }) => {
    const name =
      typeof path === 'string'
        ? `"Path": ${JSON.stringify(path)}`
        : `"Encoded-Path": "${path.toString('hex')}"`
    const rest = `"Size": ${Buffer.byteLength(content)}, "Last-Modified": "2026-01-31 12:00:00 GMT", "Checksum-Algorithm": "SHA256", "Checksum": "${sha256(content)}"`
    return `{ ${name}, ${rest} }`
  })
  const wal = ranges.map(
    r => `{ "Timeline": ${r.timeline}, "Start-LSN": "${r.start}", "End-LSN": "${r.end}" }`,
  )
  const text = [
    '{ "PostgreSQL-Backup-Manifest-Version": 2,',
    '"System-Identifier": 7710334250025844775,',
    '"Files": [',
    lines.join(',\n'),
    '],',
    '"WAL-Ranges": [',
    wal.join(',\n'),
    '],\n',
  ].join('\n')
  return sealed(text)
}

/** The manifest with the checksum that belongs to its text, whatever it had before. */
export function sealed(manifest: string): string {
  const text = manifest.replace(/"Manifest-Checksum".*\n$/, '')
  return `${text}"Manifest-Checksum": "${sha256(text)}"}\n`
}
