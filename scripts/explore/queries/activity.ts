import { needsStatistics, type Query, withoutConstants } from './query.ts'

/** Counters that our own transaction moves, such as that of commits, are left out: each look would change the next. */
export const activityQuery: Query<'activity'> = {
  name: 'activity',
  subject: 'what sessions do',
  obstacle: needsStatistics,
  async read(ask) {
    const [row] = await ask(`
      SELECT (SELECT count(*) FROM pg_stat_activity
          WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float8 AS connections,
        current_setting('max_connections')::int AS max_connections,
        current_setting('superuser_reserved_connections')::int
          + coalesce(current_setting('reserved_connections', true), '0')::int AS reserved_connections,
        d.deadlocks::float8, d.temp_files::float8, d.temp_bytes::float8,
        (SELECT sum(checksum_failures) FROM pg_stat_database)::float8 AS checksum_failures
      FROM pg_stat_database d WHERE d.datname = current_database()`)
    const sessions = await ask(`
      WITH client AS MATERIALIZED (
        SELECT *, CASE WHEN wait_event_type = 'Lock' THEN pg_blocking_pids(pid) ELSE '{}' END AS blocked_by
        FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
      SELECT pid, usename::text AS role, datname::text AS database, application_name AS application,
        host(client_addr) AS client, state,
        ${seconds('xact_start')} AS transaction_seconds,
        ${seconds('state_change')} AS state_seconds,
        ${seconds('query_start')} AS query_seconds,
        nullif(concat_ws(': ', wait_event_type, wait_event), '') AS wait,
        blocked_by, age(backend_xmin) AS xmin_age,
        ${withoutConstants('query')} AS query
      FROM client
      WHERE clock_timestamp() - xact_start > interval '1 minute' OR state LIKE 'idle in transaction%'
        OR wait_event_type = 'Lock' OR pid IN (SELECT unnest(blocked_by) FROM client)
      ORDER BY xact_start, pid`)
    const prepared = await ask(`
      SELECT gid, owner::text, database::text, ${seconds('prepared')} AS seconds
      FROM pg_prepared_xacts ORDER BY prepared, gid`)
    return { ...row, sessions, prepared }
  },
}

const seconds = (column: string): string =>
  `floor(greatest(0, extract(epoch FROM clock_timestamp() - ${column})))::float8`
