import { type Ask, iso, type Query } from './query.ts'

/** Asked first: the other queries depend on what the server is, and what the role may see. */
export const serverQuery: Query<'server'> = {
  name: 'server',
  subject: 'the server',
  async read(ask) {
    const since = await beginning(ask)
    const [row] = await ask(`
      SELECT current_setting('server_version') AS version,
        current_setting('server_version_num')::int AS version_num,
        current_database()::text AS database,
        pg_encoding_to_char(d.encoding)::text AS encoding,
        d.datcollate::text AS collation,
        d.datcollversion AS collation_version,
        pg_database_collation_actual_version(d.oid) AS collation_version_now,
        CASE WHEN has_database_privilege(d.oid, 'CONNECT') THEN pg_database_size(d.oid)::float8 END AS database_bytes,
        shobj_description(d.oid, 'pg_database') AS database_comment,
        pg_is_in_recovery() AS in_recovery,
        ${iso('pg_postmaster_start_time()')} AS started_at,
        ${iso(since)} AS statistics_since,
        current_user::text AS role,
        r.rolsuper AS superuser,
        pg_has_role('pg_read_all_stats', 'USAGE') AS reads_all_statistics,
        pg_has_role('pg_read_all_settings', 'USAGE') AS reads_all_settings,
        e.extversion AS timescaledb_version,
        CASE WHEN e.oid IS NOT NULL THEN current_setting('timescaledb.license', true) END AS timescaledb_license,
        NULL::float8 AS memory_bytes
      FROM pg_database d
      JOIN pg_roles r ON r.rolname = current_user
      LEFT JOIN pg_stat_database s ON s.datid = d.oid
      LEFT JOIN pg_extension e ON e.extname = 'timescaledb'
      WHERE d.datname = current_database()`)
    return row
  },
}

/**
 * A database that was never reset does not say since when it counts. It cannot be for longer than the server: a crash
 * clears what was counted. Nor for longer than it is there, which its directory shows, to those who may look; for the
 * others the statement would fail, even where it does not come to that.
 */
async function beginning(ask: Ask): Promise<string> {
  const [{ may_look }] = (await ask(
    "SELECT has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE') AS may_look",
  )) as [{ may_look: boolean }]
  const made = "(pg_stat_file('base/' || d.oid || '/PG_VERSION', true)).modification"
  return `coalesce(s.stats_reset, greatest(pg_stat_get_bgwriter_stat_reset_time()${may_look ? `, ${made}` : ''}))`
}
