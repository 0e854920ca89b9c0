import { z } from 'zod/mini'

const count = z.int().check(z.nonnegative())
/** As the server quotes them: `public."Orders"`. Sorted. */
const names = z.array(z.string())

/** Numbers that may be larger than 2^53 are strings. */
const sequence = z.object({
  /** null: never used. */
  last_value: z.nullable(z.string()),
  increment: z.string(),
  cycle: z.boolean(),
})

const hypertable = z.object({
  /** Of a continuous aggregate: the hypertable that it keeps its rows in. */
  name: z.string(),
  dimensions: count,
  chunks: count,
  compressed_chunks: count,
})

const continuousAggregate = z.object({
  name: z.string(),
  /** What it is made from. */
  hypertable: z.string(),
  materialized_only: z.boolean(),
})

const job = z.object({
  id: z.int(),
  procedure: z.string(),
  /** Or the continuous aggregate. */
  hypertable: z.nullable(z.string()),
  owner: z.string(),
  schedule_interval: z.string(),
  scheduled: z.boolean(),
  config: z.nullable(z.string()),
})

/** What is in a database, as far as a dump has to bring it back: read before the dump and from what was restored. */
export const inventorySchema = z.object({
  /** By kind. A kind that is not there was not looked for; one of which there is nothing is an empty list. */
  objects: z.record(z.string(), names),
  /** Indexes that were never finished, and constraints that were never checked (NOT VALID). */
  invalid: z.object({ indexes: names, constraints: names }),
  /** Materialized views WITH NO DATA. */
  unpopulated: names,
  /** What chunks have of their own. Their names are TimescaleDB’s, so these are counted only. */
  chunk_objects: z.object({ indexes: count, constraints: count, triggers: count }),
  sequences: z.record(z.string(), sequence),
  large_objects: count,
  hypertables: z.array(hypertable),
  continuous_aggregates: z.array(continuousAggregate),
  /** Those of users. Jobs below 1000 are TimescaleDB’s own and come with the extension. */
  jobs: z.array(job),
})
export type Inventory = z.infer<typeof inventorySchema>
