import { isAbsolute } from 'node:path'
import { z } from 'zod/mini'
import { inventorySchema } from './inventory.ts'

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

/** Within the folder of the backup, or beside a dump. */
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

/** What every backup says of itself. */
const common = {
  schema_version: z.literal(schemaVersion),
  id: z.string(),
  parent_id: z.nullable(z.string()),
  label: z.nullable(z.string()),
  environment: z.string(),
  /** ISO 8601, UTC. */
  started_at: moment,
  /** Only where the clock was behind that of an earlier backup: the moment that this one counts as, after it. */
  ordered_at: z.optional(moment),
  backup_timestamp: moment,
  duration_seconds: z.number(),
  /** Everything that it consists of but this file; empty for a plain physical one, whose files the manifest lists. */
  files: z.array(file),
  backup_size_bytes: size,
  /** SHA-256 over the lines that `sha256sum` would print for `files`, sorted by name. */
  checksum_sha256: z.string(),
  compression: z.object({ algorithm: z.enum(['zstd', 'lz4', 'gzip', 'none']), level: z.optional(z.int()) }),
  encryption: z.nullable(z.string()),
  postgresql_version: z.string(),
  tool_versions: z.record(z.string(), z.string()),
  server,
  verified: z.object({
    at: moment,
    level: z.enum(['contents', 'archives', 'deep']),
    result: z.literal('ok'),
  }),
  /** SHA-256 of this document without this field, as compact JSON. */
  metadata_sha256: z.string(),
} as const

/** metadata.json of a physical backup: written once, last, and proof that the backup is complete. */
export const physicalSchema = z.object({
  ...common,
  kind: z.literal('physical'),
  type: z.enum(['full', 'incremental', 'differential']),
  format: z.enum(['tar', 'plain']),
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
})

/** A role on which objects of a database depend, and how: it owns them, has privileges on them, is in a policy. */
const role = z.object({ name: z.string(), as: z.array(z.enum(['owner', 'privileges', 'policy'])) })

/** The metadata of one dump of one database, `<id>.metadata.json`. */
export const dumpSchema = z.object({
  ...common,
  kind: z.literal('dump'),
  type: z.literal('full'),
  format: z.enum(['custom', 'directory', 'plain']),
  /** The file, or the folder of format directory, that pg_dump wrote. */
  backup_file: fileName,
  /** Roles of the whole cluster beside it, with their password hashes, where they were asked for. */
  roles_file: z.nullable(fileName),
  pg_dump_version: z.string(),
  database_name: z.string(),
  /** What CREATE DATABASE has to say. Settings and comments, which may hold secrets, are in the dump alone. */
  database: z.object({
    owner: z.string(),
    encoding: z.string(),
    provider: z.enum(['libc', 'icu', 'builtin']),
    collate: z.string(),
    ctype: z.string(),
    locale: z.nullable(z.string()),
    icu_rules: z.nullable(z.string()),
  }),
  /** pg_database_size, bytes. */
  database_size_bytes: size,
  extensions: z.array(z.object({ name: z.string(), version: z.string(), schema: z.string() })),
  roles: z.array(role),
  /** Tablespaces that relations of the database lie in, beside its own. */
  tablespaces: z.array(z.string()),
  /** What was asked for; everything where it is all empty. */
  selection: z.object({
    tables: z.array(z.string()),
    exclude_tables: z.array(z.string()),
    schemas: z.array(z.string()),
    only: z.nullable(z.enum(['schema', 'data'])),
    privileges: z.boolean(),
  }),
  /** Rows of each table, of the dump's own snapshot; a hypertable or a partitioned table counts as one. */
  table_counts: z.record(z.string(), size),
  /** What pg_restore finds in it. */
  contents: z.object({
    /** Entries of its table of contents; of format plain there is none. */
    entries: z.nullable(size),
    /** Tables with data of their own, chunks and partitions among them, and all their rows. */
    data_tables: size,
    rows: size,
  }),
  inventory: inventorySchema,
})

/** metadata.json, of whatever kind. */
export const metadataSchema = z.discriminatedUnion('kind', [physicalSchema, dumpSchema])
export type Metadata = z.infer<typeof metadataSchema>
export type PhysicalMetadata = z.infer<typeof physicalSchema>
export type DumpMetadata = z.infer<typeof dumpSchema>
/** Before it carries its own digest. */
export type Unsigned<M extends Metadata> = Omit<M, 'metadata_sha256'>

/** verified.json: what was learned about a backup after it was made. */
export const verifiedSchema = z.object({
  at: moment,
  level: z.enum(['contents', 'archives', 'deep']),
  result: z.enum(['ok', 'failed']),
  problems: z.array(z.string()),
})
export type Verified = z.infer<typeof verifiedSchema>
