import type { JobFacts } from '../facts.ts'
import { type Ask, iso } from './query.ts'

/** A job that was never planned, or runs, has a next_start of -infinity; the same for moments that were not yet. */
const moment = (column: string): string => `CASE WHEN isfinite(${column}) THEN ${iso(column)} END`

/** Jobs below 1000 are TimescaleDB's own. An integer hypertable counts drop_after in its own units. */
export const readJobs = (ask: Ask): Promise<JobFacts[]> =>
  ask(`
    WITH failure AS (
      SELECT DISTINCT ON (e.job_id) e.job_id, e.err_message
      FROM timescaledb_information.job_errors e
      ORDER BY e.job_id, e.start_time DESC)
    SELECT j.job_id AS id, j.application_name::text AS application,
      format('%I.%I', j.proc_schema, j.proc_name) AS procedure,
      pg_get_userbyid(j.owner)::text AS owner,
      j.job_id < 1000 AS internal,
      j.scheduled, coalesce(j.fixed_schedule, false) AS fixed_schedule,
      extract(epoch FROM j.schedule_interval)::float8 AS schedule_seconds,
      j.max_retries, j.config::text AS config,
      CASE WHEN a.user_view_name IS NOT NULL THEN format('%I.%I', a.user_view_schema, a.user_view_name)
        WHEN j.hypertable_name IS NOT NULL THEN format('%I.%I', j.hypertable_schema, j.hypertable_name) END
        AS hypertable,
      CASE WHEN j.job_id < 1000 THEN 'internal' ELSE CASE j.proc_name
        WHEN 'policy_compression' THEN 'compression' WHEN 'policy_columnstore' THEN 'compression'
        WHEN 'policy_retention' THEN 'retention' WHEN 'policy_refresh_continuous_aggregate' THEN 'refresh'
        WHEN 'policy_reorder' THEN 'reorder' ELSE 'user' END END AS kind,
      o.after,
      CASE WHEN o.after !~ '^-?\\d+$' THEN extract(epoch FROM o.after::interval)::float8 END AS after_seconds,
      CASE WHEN isfinite(s.last_finish) THEN CASE WHEN s.last_run_success THEN 'Success' ELSE 'Failed' END END
        AS last_status,
      ${moment('s.last_start')} AS last_started_at,
      ${moment('s.last_finish')} AS last_finished_at,
      ${moment('s.last_successful_finish')} AS last_succeeded_at,
      CASE WHEN j.scheduled THEN ${moment('s.next_start')} END AS next_start,
      CASE WHEN j.scheduled AND isfinite(s.next_start)
        THEN floor(greatest(0, extract(epoch FROM now() - s.next_start)))::float8 END AS overdue_seconds,
      coalesce(s.total_runs, 0)::float8 AS total_runs,
      coalesce(s.total_failures, 0)::float8 AS total_failures,
      s.consecutive_failures,
      f.err_message AS last_error
    FROM timescaledb_information.jobs j
    LEFT JOIN _timescaledb_internal.bgw_job_stat s ON s.job_id = j.job_id
    LEFT JOIN _timescaledb_catalog.hypertable h
      ON h.schema_name = j.hypertable_schema AND h.table_name = j.hypertable_name
    LEFT JOIN _timescaledb_catalog.continuous_agg a ON a.mat_hypertable_id = h.id
    LEFT JOIN failure f ON f.job_id = j.job_id
    CROSS JOIN LATERAL (SELECT CASE WHEN j.proc_name LIKE 'policy\\_%' THEN coalesce(j.config ->> 'drop_after',
      j.config ->> 'compress_after', j.config ->> 'drop_created_before', j.config ->> 'compress_created_before') END) o(after)
    ORDER BY j.job_id`)
