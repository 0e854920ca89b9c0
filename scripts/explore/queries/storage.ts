import type { ServerFacts } from '../facts.ts'
import { type Ask, isSystemSchema } from './query.ts'

/**
 * Common table expressions that the queries share, for WITH RECURSIVE:
 *
 * - `root(oid)`: the relations that a report has a page for. Not partitions, not chunks, not what the server or
 *   TimescaleDB keeps for itself.
 * - `hyper(oid, id)`: hypertables, those that a continuous aggregate keeps its rows in among them.
 * - `aggregate(oid, hyper)`: continuous aggregates, and the hypertable that each keeps its rows in.
 * - `storage(root, part, compressed, counts)`: where the rows of a root lie: itself, its leaf partitions, its chunks and
 *   what they were compressed into. Of a compressed chunk both have `compressed`; `counts` are leaf partitions and chunks.
 * - `packed_rows(root, rows)`: how many rows are in compressed chunks; these count batches only.
 * - `locked(oid)`: tables that somebody else has, or waits for, alone. What opens them would wait.
 *
 * Chunks are found by pg_inherits, for TimescaleDB's own catalog of them changes from version to version.
 */
export async function storage(ask: Ask, { timescaledb_version }: ServerFacts): Promise<string> {
  const [has] =
    timescaledb_version === null
      ? []
      : await ask<{ compressed: boolean }>(`SELECT EXISTS (SELECT FROM pg_attribute
          WHERE attrelid = to_regclass('_timescaledb_catalog.compression_settings') AND attname = 'compress_relid'
        ) AS compressed`)
  const timescale = has !== undefined
  return `
    hyper AS (${
      timescale
        ? `SELECT c.oid, h.id FROM _timescaledb_catalog.hypertable h
           JOIN pg_namespace n ON n.nspname = h.schema_name
           JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name`
        : 'SELECT NULL::oid AS oid, NULL::int AS id WHERE false'
    }),
    aggregate AS (${
      timescale
        ? `SELECT c.oid, h.oid AS hyper FROM _timescaledb_catalog.continuous_agg a
           JOIN pg_namespace n ON n.nspname = a.user_view_schema
           JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = a.user_view_name
           JOIN hyper h ON h.id = a.mat_hypertable_id`
        : 'SELECT NULL::oid AS oid, NULL::oid AS hyper WHERE false'
    }),
    packed AS (${
      has?.compressed
        ? `SELECT relid::oid AS chunk, compress_relid::oid AS oid FROM _timescaledb_catalog.compression_settings
           WHERE compress_relid IS NOT NULL`
        : 'SELECT NULL::oid AS chunk, NULL::oid AS oid WHERE false'
    }),
    chunk AS (SELECT h.oid AS hyper, i.inhrelid AS oid FROM hyper h JOIN pg_inherits i ON i.inhparent = h.oid),
    root AS (
      SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND NOT c.relispartition AND c.relpersistence <> 't'
        AND NOT ${isSystemSchema('n.nspname')}
        AND c.oid NOT IN (SELECT oid FROM chunk)
    ),
    leaf AS (
      SELECT r.oid AS root, i.inhrelid AS part FROM root r
      JOIN pg_inherits i ON i.inhparent = r.oid JOIN pg_class c ON c.oid = i.inhrelid AND c.relispartition
      UNION ALL
      SELECT l.root, i.inhrelid FROM leaf l JOIN pg_inherits i ON i.inhparent = l.part
    ),
    own AS (
      SELECT r.oid AS root, r.oid AS part, false AS counts FROM root r
      UNION ALL SELECT root, part, true FROM leaf
      UNION ALL SELECT r.oid, c.oid, true FROM root r JOIN chunk c ON c.hyper = r.oid
      UNION ALL SELECT a.oid, a.hyper, false FROM aggregate a
      UNION ALL SELECT a.oid, c.oid, true FROM aggregate a JOIN chunk c ON c.hyper = a.hyper
    ),
    storage AS (
      SELECT o.root, o.part, p.oid IS NOT NULL AS compressed, o.counts FROM own o LEFT JOIN packed p ON p.chunk = o.part
      UNION ALL SELECT o.root, p.oid, true, false FROM own o JOIN packed p ON p.chunk = o.part
    ),
    packed_rows AS (${
      timescale
        ? `SELECT o.root, sum(z.numrows_pre_compression)::float8 AS rows
           FROM _timescaledb_catalog.compression_chunk_size z
           JOIN _timescaledb_catalog.chunk k ON k.id = z.chunk_id JOIN hyper h ON h.id = k.hypertable_id
           JOIN own o ON o.part = h.oid GROUP BY o.root`
        : 'SELECT NULL::oid AS root, NULL::float8 AS rows WHERE false'
    }),
    locked AS (
      SELECT DISTINCT coalesce(i.indrelid, l.relation) AS oid
      FROM pg_locks l LEFT JOIN pg_index i ON i.indexrelid = l.relation
      WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid IS DISTINCT FROM pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )`
}
