import { createHash } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { z } from 'zod/mini'

/** The version of the file's shape. A reader refuses what is newer than itself. */
export const schemaVersion = 1

const isPowerOfTwo = (value: number): boolean => (value & (value - 1)) === 0

const server = z.object({
  system_identifier: z.string(),
  version_text: z.string(),
  architecture: z.string(),
  data_checksums: z.boolean(),
  encoding: z.string(),
  collation: z.object({ provider: z.string(), name: z.string(), version: z.optional(z.string()) }),
  libc: z.object({ kind: z.enum(['glibc', 'musl', 'unknown']), version: z.optional(z.string()) }),
  /** TimescaleDB in each database that has it. */
  timescaledb: z.array(
    z.object({ database: z.string(), version: z.string(), edition: z.enum(['tsl', 'apache']) }),
  ),
  image: z.optional(z.string()),
  image_id: z.optional(z.string()),
  image_digest: z.optional(z.string()),
})

/** Within the folder of the backup. */
const fileName = z
  .string()
  .check(z.refine(name => !isAbsolute(name) && !name.split('/').includes('..'), 'a path within the backup'))
const size = z.int().check(z.nonnegative())
const moment = z.iso.datetime()

const file = z.object({
  name: fileName,
  bytes: size,
  sha256: z.string().check(z.regex(/^[0-9a-f]{64}$/)),
})

/** metadata.json of a physical backup: written once, last, and proof that the backup is complete. */
export const metadataSchema = z.object({
  schema_version: z.literal(schemaVersion),
  id: z.string(),
  kind: z.literal('physical'),
  type: z.enum(['full', 'incremental', 'differential']),
  parent_id: z.nullable(z.string()),
  label: z.nullable(z.string()),
  environment: z.string(),
  /** ISO 8601, UTC. */
  started_at: moment,
  /** Only where the clock was behind that of an earlier backup: the moment that this one counts as, after it. */
  ordered_at: z.optional(moment),
  backup_timestamp: moment,
  duration_seconds: z.number(),
  format: z.enum(['tar', 'plain']),
  /** Everything in the folder but this file; empty for plain, whose files the manifest lists. */
  files: z.array(file),
  backup_size_bytes: size,
  /** SHA-256 over the lines that `sha256sum` would print for `files`, sorted by name. */
  checksum_sha256: z.string(),
  compression: z.object({ algorithm: z.enum(['zstd', 'lz4', 'gzip', 'none']), level: z.optional(z.int()) }),
  encryption: z.nullable(z.string()),
  postgresql_version: z.string(),
  tool_versions: z.record(z.string(), z.string()),
  server,
  start_lsn: z.string(),
  end_lsn: z.string(),
  timeline: z.int(),
  wal_segment_bytes: z
    .int()
    .check(z.minimum(1 << 20), z.maximum(1 << 30), z.refine(isPowerOfTwo, 'a power of two')),
  tablespaces: z.array(z.object({ oid: z.string(), name: z.string(), location: z.string() })),
  /** Bytes of all files of the cluster, uncompressed, and how many there are. */
  cluster_size_bytes: size,
  cluster_files: size,
  verified: z.object({
    at: moment,
    level: z.enum(['contents', 'archives', 'deep']),
    result: z.literal('ok'),
  }),
  /** SHA-256 of this document without this field, as compact JSON. */
  metadata_sha256: z.string(),
})

/** verified.json: what was learned about a backup after it was made. */
export const verifiedSchema = z.object({
  at: moment,
  level: z.enum(['contents', 'archives', 'deep']),
  result: z.enum(['ok', 'failed']),
  problems: z.array(z.string()),
})
export type Verified = z.infer<typeof verifiedSchema>

export type Metadata = z.infer<typeof metadataSchema>
export type UnsignedMetadata = Omit<Metadata, 'metadata_sha256'>

const digest = (document: object): string =>
  createHash('sha256').update(JSON.stringify(document)).digest('hex')

/** The document with its own digest, as text. */
export const sealMetadata = (document: UnsignedMetadata): string =>
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
