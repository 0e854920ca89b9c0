import { iso, mark, needsStatistics, type Query, withoutConstants } from './query.ts'

/** The statements that took most of the server's time in this database. */
const most = 50

const install = `Add pg_stat_statements to shared_preload_libraries, restart the server, and run CREATE EXTENSION pg_stat_statements.`

/** BEGIN and its like cost next to nothing, and our own would be counted by each look. */
const control = `'^\\s*(begin|start|commit|end|rollback|abort|savepoint|release|set|reset|show|discard|deallocate)\\M'`

export const statementsQuery: Query<'statements'> = {
  name: 'statements',
  subject: 'the statistics of statements (pg_stat_statements)',
  obstacle: needsStatistics,
  async read(ask) {
    const [extension] = await ask(`
      SELECT quote_ident(n.nspname) AS schema, current_setting('pg_stat_statements.max', true) IS NOT NULL AS loaded
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements'`)
    if (!extension)
      return {
        not_measured: `The extension pg_stat_statements, which counts what each statement costs, is not installed in this database. ${install}`,
      }
    if (!extension.loaded)
      return {
        not_measured: `The extension pg_stat_statements is installed, but the server has not loaded it. ${install}`,
      }
    const [since] = await ask(
      `SELECT ${iso('stats_reset')} AS since FROM ${extension.schema}.pg_stat_statements_info`,
    )
    const statements = await ask(
      `SELECT s.queryid::text, pg_get_userbyid(s.userid)::text AS role, ${withoutConstants('min(s.query)')} AS query,
        sum(s.calls)::float8 AS calls, sum(s.total_exec_time) AS total_ms,
        sum(s.total_exec_time) / sum(s.calls) AS mean_ms, max(s.max_exec_time) AS max_ms, sum(s.rows)::float8 AS rows,
        sum(s.shared_blks_hit)::float8 AS shared_blocks_hit, sum(s.shared_blks_read)::float8 AS shared_blocks_read,
        sum(s.temp_blks_written)::float8 AS temp_blocks_written
      FROM ${extension.schema}.pg_stat_statements s
      JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database()
      WHERE s.calls > 0 AND s.query !~* ${control} AND s.query NOT LIKE '%' || $1 || '%'
      GROUP BY s.queryid, s.userid
      ORDER BY sum(s.total_exec_time) DESC, s.queryid LIMIT ${most}`,
      [mark],
    )
    return { statements, since: since.since }
  },
}
