import type { ContinuousAggregateFacts } from '../facts.ts'
import { type Ask, iso } from './query.ts'
import type { ChunkSums } from './timescale_hypertables.ts'

/** What the watermark is before anything was materialised: the earliest moment that there is. */
const nothingYet = '(-210866803200000000)'

/**
 * The lag counts from the watermark, or from where the last refresh that succeeded looked to: where no new data came,
 * it had nothing to do. And it ends where the chunks of the source end.
 * pg_get_viewdef waits for whoever has locked what the view is made from: then there is no definition.
 */
export async function readContinuousAggregates(
  ask: Ask,
  sums: readonly ChunkSums[],
): Promise<ContinuousAggregateFacts[]> {
  const [column] = await ask(`SELECT EXISTS (SELECT FROM pg_attribute WHERE attname = 'finalized'
    AND attrelid = '_timescaledb_catalog.continuous_agg'::regclass) AS finalized`)
  return ask(
    `WITH RECURSIVE
    relation AS (
      SELECT h.id, c.oid, format('%I.%I', h.schema_name, h.table_name) AS name
      FROM _timescaledb_catalog.hypertable h
      JOIN pg_namespace n ON n.nspname = h.schema_name
      JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name),
    size AS (
      SELECT relation::bigint AS relation, bytes, first_start, last_end
      FROM jsonb_to_recordset($1) AS r(relation float8, bytes float8, first_start text, last_end text)),
    aggregate AS (
      SELECT a.*, format('%I.%I', a.user_view_schema, a.user_view_name) AS name,
        d.column_type IN ('bigint', 'integer', 'smallint') AS integers,
        CASE WHEN w.watermark > ${nothingYet} THEN w.watermark END AS mark,
        CASE WHEN d.column_type NOT IN ('bigint', 'integer', 'smallint') THEN b.bucket_width END::interval AS bucket
      FROM _timescaledb_catalog.continuous_agg a
      LEFT JOIN _timescaledb_catalog.dimension d
        ON d.hypertable_id = a.mat_hypertable_id AND d.interval_length IS NOT NULL
      LEFT JOIN _timescaledb_catalog.continuous_aggs_watermark w ON w.mat_hypertable_id = a.mat_hypertable_id
      LEFT JOIN _timescaledb_catalog.continuous_aggs_bucket_function b ON b.mat_hypertable_id = a.mat_hypertable_id),
    origin AS (
      SELECT mat_hypertable_id, raw_hypertable_id FROM aggregate
      UNION
      SELECT o.mat_hypertable_id, a.raw_hypertable_id FROM origin o
      JOIN aggregate a ON a.mat_hypertable_id = o.raw_hypertable_id),
    refresh AS (
      SELECT a.mat_hypertable_id, min(j.job_id) AS job, min(j.schedule_interval) AS every,
        bool_or(j.config ->> 'start_offset' IS NULL) AS from_the_beginning,
        bool_or(j.config ->> 'end_offset' IS NULL) AS to_the_end,
        max(CASE WHEN NOT a.integers THEN j.config ->> 'start_offset' END::interval) AS start_offset,
        min(CASE WHEN NOT a.integers THEN j.config ->> 'end_offset' END::interval) AS end_offset,
        max(CASE WHEN a.integers THEN j.config ->> 'start_offset' END::bigint) AS start_integer,
        min(CASE WHEN a.integers THEN j.config ->> 'end_offset' END::bigint) AS end_integer,
        max(CASE WHEN s.last_run_success THEN s.last_start ELSE nullif(s.last_successful_finish, '-infinity') END)
          AS succeeded_at
      FROM timescaledb_information.jobs j
      JOIN aggregate a ON a.mat_hypertable_id = (j.config ->> 'mat_hypertable_id')::int
      LEFT JOIN _timescaledb_internal.bgw_job_stat s ON s.job_id = j.job_id
      WHERE j.proc_name = 'policy_refresh_continuous_aggregate'
      GROUP BY 1)
    SELECT v.oid::int8::float8 AS relation, a.name AS id,
      coalesce(parent.name, raw.name) AS source,
      (SELECT r.name FROM origin o JOIN relation r ON r.id = o.raw_hypertable_id
        WHERE o.mat_hypertable_id = a.mat_hypertable_id
          AND NOT EXISTS (SELECT FROM aggregate x WHERE x.mat_hypertable_id = r.id)) AS root,
      CASE WHEN NOT EXISTS (SELECT FROM pg_locks l JOIN pg_depend d ON d.refobjid = l.relation
          JOIN pg_rewrite r ON r.oid = d.objid
          WHERE l.mode = 'AccessExclusiveLock' AND d.refclassid = 'pg_class'::regclass AND r.ev_class = direct.oid)
        THEN pg_get_viewdef(direct.oid) END AS definition,
      a.materialized_only,
      ${column.finalized ? 'a.finalized' : 'true'} AS finalized,
      extract(epoch FROM a.bucket)::float8 AS bucket_seconds,
      EXISTS (SELECT FROM _timescaledb_catalog.compression_settings s WHERE s.relid = mat.oid) AS compression_enabled,
      coalesce(size.bytes, 0)::float8 AS bytes,
      CASE WHEN a.integers THEN a.mark::text
        ELSE ${iso('_timescaledb_functions.to_timestamp(a.mark)')} END AS watermark,
      CASE WHEN f.job IS NOT NULL THEN json_build_object('job', f.job,
        'start_offset', CASE WHEN NOT f.from_the_beginning THEN coalesce(f.start_offset::text, f.start_integer::text) END,
        'end_offset', CASE WHEN NOT f.to_the_end THEN coalesce(f.end_offset::text, f.end_integer::text) END,
        'start_offset_seconds', CASE WHEN NOT f.from_the_beginning THEN extract(epoch FROM f.start_offset)::float8 END,
        'end_offset_seconds', CASE WHEN NOT f.to_the_end THEN extract(epoch FROM f.end_offset)::float8 END,
        'schedule_seconds', extract(epoch FROM f.every)::float8) END AS refresh,
      CASE WHEN NOT a.integers AND source.last_end IS NOT NULL THEN floor(greatest(0, extract(epoch FROM
        least(now() - coalesce(f.end_offset, '0'), source.last_end::timestamptz) - a.bucket - greatest(
          _timescaledb_functions.to_timestamp(coalesce(a.mark, ${nothingYet})),
          f.succeeded_at - coalesce(f.end_offset, '0') - a.bucket,
          source.first_start::timestamptz))))::float8 END AS lag_seconds
    FROM aggregate a
    JOIN pg_namespace n ON n.nspname = a.user_view_schema
    JOIN pg_class v ON v.relnamespace = n.oid AND v.relname = a.user_view_name
    JOIN pg_namespace dn ON dn.nspname = a.direct_view_schema
    JOIN pg_class direct ON direct.relnamespace = dn.oid AND direct.relname = a.direct_view_name
    JOIN relation mat ON mat.id = a.mat_hypertable_id
    JOIN relation raw ON raw.id = a.raw_hypertable_id
    LEFT JOIN aggregate parent ON parent.mat_hypertable_id = a.raw_hypertable_id
    LEFT JOIN refresh f ON f.mat_hypertable_id = a.mat_hypertable_id
    LEFT JOIN size ON size.relation = mat.oid
    LEFT JOIN size source ON source.relation = raw.oid
    ORDER BY a.user_view_schema, a.user_view_name`,
    [JSON.stringify(sums)],
  )
}
