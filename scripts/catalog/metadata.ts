import { createHash } from 'node:crypto'
import { z } from 'zod/mini'
import { type Metadata, metadataSchema, schemaVersion, type Unsigned } from './metadata_schema.ts'

export type { DumpMetadata, Metadata, PhysicalMetadata, Unsigned, Verified } from './metadata_schema.ts'
export { metadataSchema, verifiedSchema } from './metadata_schema.ts'

const digest = (document: object): string =>
  createHash('sha256').update(JSON.stringify(document)).digest('hex')

/** The document with its own digest, as text. */
export const sealMetadata = (document: Unsigned<Metadata>): string =>
  `${JSON.stringify({ ...document, metadata_sha256: digest(document) }, null, 2)}\n`

/**
 * Reads metadata.json and checks its digest.
 * @throws Error that says what is wrong with it.
 */
export function openMetadata(text: string): Metadata {
  const document = JSON.parse(text) as Record<string, unknown>
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new Error('it is no description of a backup')
  const { metadata_sha256: sealed, ...rest } = document
  if (typeof document.schema_version === 'number' && document.schema_version > schemaVersion) {
    throw new Error(`it was written by a newer version of the toolkit (schema ${document.schema_version})`)
  }
  if (sealed !== digest(rest))
    throw new Error('its digest does not match: it was changed after the backup was made')
  const parsed = metadataSchema.safeParse(document)
  if (parsed.success) return parsed.data
  throw new Error(z.prettifyError(parsed.error))
}

/** The checksum of a set of files: what `sha256sum` prints for them, hashed. */
export const checksumOf = (files: readonly { name: string; sha256: string }[]): string =>
  createHash('sha256')
    .update(
      [...files]
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(f => `${f.sha256}  ${f.name}\n`)
        .join(''),
    )
    .digest('hex')
