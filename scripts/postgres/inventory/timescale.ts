import type { Inventory } from '../../catalog/inventory.ts'
import type { Session } from '../text_settings.ts'
import { relations } from './relations.ts'

type Timescale = Pick<Inventory, 'hypertables' | 'continuous_aggregates' | 'jobs'>

/** What only TimescaleDB has. Columns of its catalog that came or went between 2.15 and 2.29 are not relied on. */
export async function readTimescale(session: Session): Promise<Timescale> {
  // The first bit of a chunk’s status: compressed. A dropped one may have left its row behind, in versions that have
  // such a column.
  const hypertables = await session.query(`WITH ${relations(true)},
    part AS (SELECT hyper, count(*)::int AS chunks FROM chunk GROUP BY hyper),
    packed AS (SELECT hypertable_id AS id, count(*)::int AS chunks FROM _timescaledb_catalog.chunk k
      WHERE status & 1 = 1 AND to_jsonb(k) ->> 'dropped' IS DISTINCT FROM 'true' GROUP BY hypertable_id)
    SELECT h.name, h.dimensions::int, coalesce(p.chunks, 0) AS chunks, coalesce(c.chunks, 0) AS compressed_chunks
    FROM hyper h LEFT JOIN part p ON p.hyper = h.oid LEFT JOIN packed c ON c.id = h.id
    ORDER BY h.name COLLATE "C"`)
  const aggregates = await session.query(`
    SELECT format('%I.%I', a.user_view_schema, a.user_view_name) AS name,
      format('%I.%I', h.schema_name, h.table_name) AS hypertable, a.materialized_only
    FROM _timescaledb_catalog.continuous_agg a JOIN _timescaledb_catalog.hypertable h ON h.id = a.raw_hypertable_id
    ORDER BY a.user_view_schema, a.user_view_name`)
  const jobs = await session.query(`
    SELECT j.job_id AS id, format('%I.%I', j.proc_schema, j.proc_name) AS procedure,
      CASE WHEN a.user_view_name IS NOT NULL THEN format('%I.%I', a.user_view_schema, a.user_view_name)
        WHEN j.hypertable_name IS NOT NULL THEN format('%I.%I', j.hypertable_schema, j.hypertable_name) END AS hypertable,
      pg_get_userbyid(j.owner::oid)::text AS owner, j.schedule_interval::text, j.scheduled,
      -- What users hand to procedures of their own may be a secret.
      CASE WHEN j.config IS NULL OR j.proc_schema LIKE '\\_timescaledb\\_%' THEN j.config::text
        ELSE 'sha256:' || encode(sha256(convert_to(j.config::text, 'UTF8')), 'hex') END AS config
    FROM timescaledb_information.jobs j
      LEFT JOIN _timescaledb_catalog.hypertable h
        ON h.schema_name = j.hypertable_schema AND h.table_name = j.hypertable_name
      LEFT JOIN _timescaledb_catalog.continuous_agg a ON a.mat_hypertable_id = h.id
    WHERE j.job_id >= 1000 ORDER BY j.job_id`)
  return { hypertables: hypertables.rows, continuous_aggregates: aggregates.rows, jobs: jobs.rows }
}
