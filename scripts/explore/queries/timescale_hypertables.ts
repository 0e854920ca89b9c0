import type { DatabaseError } from 'pg'
import type { HypertableFacts } from '../facts.ts'
import { type Ask, iso } from './query.ts'
import { chunkSizes } from './timescale_chunks.ts'

/** Spans of the timeline. */
const spans = 60

/** What is known of the chunks of a hypertable, or of what a continuous aggregate keeps its rows in. */
export type ChunkSums = {
  relation: number
  bytes: number
  first_start: string | null
  last_end: string | null
}

/**
 * Everything about the chunks is summed up by the server: one row for each hypertable, however many chunks it has.
 * The tables of TimescaleDB's catalog that are read are in 2.18 to 2.29 alike; those that came and went are not.
 */
export async function readHypertables(
  ask: Ask,
): Promise<{ hypertables: HypertableFacts[]; sums: ChunkSums[] }> {
  const now = await integerNow(ask)
  // The planner expects one chunk, and would go through all of them once for each: 38 s with 20,000 chunks, not 1.
  await ask('SET LOCAL enable_nestloop = off')
  const rows = await ask<HypertableFacts & { user_made: boolean }>(
    `WITH ${chunkSizes},
    policy AS (
      SELECT format('%I.%I', j.hypertable_schema, j.hypertable_name)::regclass::oid AS hypertable,
        min(j.schedule_interval) AS every,
        min(CASE WHEN s.column_type IN ('bigint', 'integer', 'smallint') THEN NULL ELSE j.config ->> 'compress_after' END
          ::interval) AS after,
        min(CASE WHEN s.column_type IN ('bigint', 'integer', 'smallint') THEN j.config ->> 'compress_after' END
          ::bigint) AS after_integer,
        min((j.config ->> 'compress_created_before')::interval) AS created_before
      FROM timescaledb_information.jobs j
      JOIN timescaledb_information.dimensions s USING (hypertable_schema, hypertable_name)
      WHERE j.proc_name IN ('policy_compression', 'policy_columnstore') AND s.dimension_number = 1
      GROUP BY 1),
    summed AS (
      SELECT k.hypertable,
        count(*) AS chunks,
        count(*) FILTER (WHERE k.is_compressed) AS compressed,
        min(k.low) AS low, max(k.high) AS high,
        coalesce(${iso('min(k.range_start)')}, min(k.range_start_integer)::text) AS first_start,
        coalesce(${iso('max(k.range_end)')}, max(k.range_end_integer)::text) AS last_end,
        sum(k.bytes) AS bytes, max(k.bytes) AS largest,
        sum(k.bytes) FILTER (WHERE k.current) AS current_bytes,
        sum(k.index_bytes) FILTER (WHERE k.current) AS current_index_bytes,
        greatest(1, least(${spans}, floor((max(k.high) - min(k.low)) / nullif(max(k.high - k.low), 0))))::int AS spans,
        CASE WHEN p.hypertable IS NOT NULL THEN count(*) FILTER (WHERE NOT k.is_compressed AND (
          k.range_end < now() - p.after - p.every
          OR k.range_end_integer < ($1::jsonb ->> k.hypertable::text)::bigint - p.after_integer
          OR k.chunk_creation_time < now() - p.created_before - p.every)) END AS overdue,
        p.after_integer IS NOT NULL AND $1::jsonb ->> k.hypertable::text IS NULL AS now_unknown
      FROM chunk k LEFT JOIN policy p ON p.hypertable = k.hypertable
      GROUP BY k.hypertable, p.hypertable, p.after_integer),
    span AS (
      SELECT k.hypertable, least(s.spans, width_bucket(k.low, s.low, s.high, s.spans)) AS number,
        count(*) AS chunks, count(*) FILTER (WHERE k.is_compressed) AS compressed, sum(k.bytes) AS bytes
      FROM chunk k JOIN summed s ON s.hypertable = k.hypertable
      WHERE s.low < s.high
      GROUP BY 1, 2),
    timeline AS (
      SELECT s.hypertable, json_agg(json_build_object(
          'start', ${moment('s.low + (n - 1) * (s.high - s.low) / s.spans')},
          'end', ${moment('s.low + n * (s.high - s.low) / s.spans')},
          'chunks', coalesce(b.chunks, 0), 'compressed', coalesce(b.compressed, 0),
          'bytes', coalesce(b.bytes, 0)) ORDER BY n) AS spans
      FROM summed s
      CROSS JOIN LATERAL generate_series(1, s.spans) n
      JOIN timescaledb_information.dimensions d ON d.dimension_number = 1
        AND format('%I.%I', d.hypertable_schema, d.hypertable_name)::regclass = s.hypertable
      LEFT JOIN span b ON b.hypertable = s.hypertable AND b.number = n
      WHERE s.low < s.high
      GROUP BY s.hypertable),
    dimension AS (
      SELECT format('%I.%I', d.hypertable_schema, d.hypertable_name)::regclass::oid AS hypertable,
        json_agg(json_build_object(
          'column', d.column_name, 'type', d.column_type::text, 'kind', lower(d.dimension_type),
          'interval', coalesce(d.integer_interval::text, (extract(epoch FROM d.time_interval) * 1000000)::bigint::text),
          'interval_text', coalesce(d.integer_interval::text, d.time_interval::text),
          'partitions', d.num_partitions, 'integer_now', d.integer_now_func) ORDER BY d.dimension_number) AS dimensions
      FROM timescaledb_information.dimensions d
      GROUP BY 1),
    compressed AS (
      SELECT h.schema_name, h.table_name,
        sum(z.uncompressed_heap_size + z.uncompressed_toast_size + z.uncompressed_index_size) AS before,
        sum(z.compressed_heap_size + z.compressed_toast_size + z.compressed_index_size) AS after
      FROM _timescaledb_catalog.compression_chunk_size z
      JOIN _timescaledb_catalog.chunk k ON k.id = z.chunk_id
      JOIN _timescaledb_catalog.hypertable h ON h.id = k.hypertable_id
      GROUP BY 1, 2)
    SELECT c.oid::int8::float8 AS relation,
      h.hypertable_name IS NOT NULL AS user_made,
      format('%I.%I', n.nspname, c.relname) AS id,
      d.dimensions,
      h.compression_enabled,
      coalesce(cs.segmentby, '{}')::text[] AS segment_by,
      ARRAY(SELECT format('%s%s%s', o.name, CASE WHEN cs.orderby_desc[o.n] THEN ' DESC' END,
          CASE WHEN cs.orderby_nullsfirst[o.n] IS DISTINCT FROM cs.orderby_desc[o.n]
            THEN CASE WHEN cs.orderby_nullsfirst[o.n] THEN ' NULLS FIRST' ELSE ' NULLS LAST' END END)
        FROM unnest(cs.orderby) WITH ORDINALITY o(name, n) ORDER BY o.n) AS order_by,
      coalesce(s.chunks, 0)::float8 AS chunks,
      coalesce(s.compressed, 0)::float8 AS compressed_chunks,
      s.first_start, s.last_end,
      coalesce(s.bytes, 0)::float8 AS bytes,
      z.before::float8 AS before_compression_bytes,
      z.after::float8 AS after_compression_bytes,
      coalesce(s.current_index_bytes, 0)::float8 AS current_chunk_index_bytes,
      coalesce(s.current_bytes, 0)::float8 AS current_chunk_bytes,
      coalesce(s.largest, 0)::float8 AS largest_chunk_bytes,
      coalesce(t.spans, '[]') AS timeline,
      CASE WHEN NOT s.now_unknown THEN s.overdue::float8 END AS overdue_compression
    FROM dimension d
    JOIN pg_class c ON c.oid = d.hypertable
    JOIN pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN timescaledb_information.hypertables h
      ON h.hypertable_schema = n.nspname AND h.hypertable_name = c.relname
    LEFT JOIN summed s ON s.hypertable = c.oid
    LEFT JOIN timeline t ON t.hypertable = c.oid
    LEFT JOIN _timescaledb_catalog.compression_settings cs ON cs.relid = c.oid
    LEFT JOIN compressed z ON z.schema_name = n.nspname AND z.table_name = c.relname
    ORDER BY n.nspname, c.relname`,
    [JSON.stringify(now)],
  )
  await ask('SET LOCAL enable_nestloop = on')
  return {
    hypertables: rows.flatMap(({ user_made, ...facts }) => (user_made ? [facts] : [])),
    sums: rows.map(({ relation, bytes, first_start, last_end }) => ({
      relation,
      bytes,
      first_start,
      last_end,
    })),
  }
}

/** low and high are seconds since 1970, or units of an integer dimension. */
const moment = (expression: string): string =>
  `CASE WHEN d.integer_interval IS NULL THEN ${iso(`to_timestamp((${expression})::float8)`)}
    ELSE round((${expression})::numeric)::text END`

/**
 * What a hypertable with an integer dimension takes for now, by the oid of the hypertable. It is a function of
 * whoever owns the hypertable. We may be the superuser, so it is only called where it is the superuser's, or our own.
 */
async function integerNow(ask: Ask): Promise<Record<string, string>> {
  const functions = await ask<{ hypertable: string; call: string }>(`
    SELECT format('%I.%I', h.schema_name, h.table_name)::regclass::oid::text AS hypertable,
      format('%I.%I()', d.integer_now_func_schema, d.integer_now_func) AS call
    FROM _timescaledb_catalog.dimension d
    JOIN _timescaledb_catalog.hypertable h ON h.id = d.hypertable_id
    JOIN pg_namespace n ON n.nspname = d.integer_now_func_schema
    JOIN pg_proc p ON p.pronamespace = n.oid AND p.proname = d.integer_now_func AND p.pronargs = 0
    JOIN pg_roles r ON r.oid = p.proowner
    WHERE (r.rolsuper OR r.rolname = current_user) AND has_function_privilege(p.oid, 'EXECUTE')
    ORDER BY d.id`)
  if (functions.length === 0) return {}
  const values = functions.map(
    ({ hypertable, call }) => `SELECT '${hypertable}' AS id, (${call})::text AS now`,
  )
  await ask('SAVEPOINT integer_now')
  try {
    const rows = await ask<{ id: string; now: string | null }>(values.join(' UNION ALL '))
    return Object.fromEntries(rows.flatMap(({ id, now }) => (now === null ? [] : [[id, now]])))
  } catch (error) {
    // One of somebody's functions fails: then it is not known, and nothing else is lost.
    if (/^(08|57P)/.test((error as DatabaseError).code ?? '08')) throw error
    await ask('ROLLBACK TO SAVEPOINT integer_now')
    return {}
  }
}
