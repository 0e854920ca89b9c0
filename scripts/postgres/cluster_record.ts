import { readFile } from 'node:fs/promises'
import { z } from 'zod/mini'
import { writeDurably } from '../catalog/durable.ts'
import { ToolkitError } from '../errors.ts'

/**
 * What a data directory was made with, kept beside it as <DATA_DIR>.cluster.json. The same libc or nothing: text
 * sorts otherwise on another one, and indexes are silently wrong; another edition of TimescaleDB cannot read the
 * chunks that the full one wrote.
 */
const schema = z.object({
  image: z.string(),
  image_id: z.string(),
  image_digest: z.optional(z.string()),
  postgresql_version: z.string(),
  libc: z.enum(['glibc', 'musl', 'other']),
  libc_version: z.string(),
  timescaledb_edition: z.enum(['tsl', 'apache', 'none']),
  runtime: z.string(),
  /** The cluster is being made: where the data directory is empty, there never was one. */
  unfinished: z.optional(z.boolean()),
  /** The backup that it was restored from. */
  restored_from: z.optional(z.string()),
  restored_at: z.optional(z.string()),
  /** When pg_resetwal made it, by make salvage: for reading what is left, never for working on. */
  salvaged_at: z.optional(z.string()),
  salvaged_from: z.optional(z.string()),
  /** Folders of this machine that hold tablespaces, and the path that the server knows each by. */
  tablespaces: z.optional(z.array(z.object({ oid: z.string(), source: z.string(), target: z.string() }))),
})
export type ClusterRecord = z.infer<typeof schema>

export const recordPath = (dataDir: string): string => `${dataDir}.cluster.json`

/**
 * Undefined where there is none: a directory that somebody else made.
 * @throws ToolkitError prerequisite where it is damaged, for then nobody knows what fits the data.
 */
export async function readClusterRecord(dataDir: string): Promise<ClusterRecord | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(recordPath(dataDir), 'utf8')))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    if (code !== undefined) throw error
    throw new ToolkitError('prerequisite', {
      what: `${recordPath(dataDir)} cannot be read: it is damaged.`,
      why: error instanceof z.core.$ZodError ? z.prettifyError(error) : message,
      hint: 'It says which image the data directory was made with. Put it back from a copy of that folder; without one,\nremove it and name that image in IMAGE, for a wrong one can silently damage indexes.',
      cause: error,
    })
  }
}

/** Whoever finds the cluster running knows that it was made to its end. */
export async function finishClusterRecord(dataDir: string): Promise<void> {
  const { unfinished, ...record } = (await readClusterRecord(dataDir)) ?? {}
  if (unfinished) await writeClusterRecord(dataDir, record as ClusterRecord)
}

export const writeClusterRecord = (dataDir: string, record: ClusterRecord): Promise<void> =>
  writeDurably(recordPath(dataDir), `${JSON.stringify(record, null, 2)}\n`)
