import type { WriteAheadLogFacts } from '../facts.ts'
import { type Ask, iso, needsStatistics, type Query } from './query.ts'

/** Where the log ends: what was written, or on a standby what was replayed. */
const end = `CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`

export const writeAheadLogQuery: Query<'write_ahead_log'> = {
  name: 'write_ahead_log',
  subject: 'the write-ahead log, its archive and its readers',
  obstacle: needsStatistics,
  async read(ask, server) {
    const [row] = await ask(`
      SELECT current_setting('archive_mode') AS archive_mode,
        (SELECT bool_or(setting NOT IN ('', '(disabled)')) FROM pg_settings
          WHERE name IN ('archive_command', 'archive_library')
          HAVING count(*) FILTER (WHERE name = 'archive_command') > 0) AS archive_configured,
        a.archived_count::float8 AS archived, ${iso('a.last_archived_time')} AS last_archived_at,
        a.failed_count::float8 AS archive_failures, ${iso('a.last_failed_time')} AS last_failed_at,
        a.last_failed_wal,
        c.timed::float8 AS checkpoints_timed, c.requested::float8 AS checkpoints_requested,
        ${iso('c.stats_reset')} AS checkpoints_since
      FROM pg_stat_archiver a, ${checkpoints(server.version_num)} c`)
    const slots = await ask(`
      SELECT slot_name::text AS name, slot_type AS type, active, temporary, database::text,
        pg_wal_lsn_diff(${end}, restart_lsn)::float8 AS retained_bytes, wal_status,
        greatest(age(xmin), age(catalog_xmin)) AS xmin_age
      FROM pg_replication_slots ORDER BY slot_name`)
    const standbys = await ask(`
      SELECT application_name AS application, host(client_addr) AS client, state, sync_state,
        pg_wal_lsn_diff(${end}, replay_lsn)::float8 AS behind_bytes,
        extract(epoch FROM replay_lag)::float8 AS replay_lag_seconds
      FROM pg_stat_replication ORDER BY application_name, client_addr, pid`)
    return { ...row, slots, standbys, receiver: server.in_recovery ? await receiver(ask) : null }
  },
}

/** The view was split in two in PostgreSQL 17. */
const checkpoints = (version: number): string =>
  version >= 170000
    ? `(SELECT num_timed AS timed, num_requested AS requested, stats_reset FROM pg_stat_checkpointer)`
    : `(SELECT checkpoints_timed AS timed, checkpoints_req AS requested, stats_reset FROM pg_stat_bgwriter)`

/** Where everything that was received is replayed there is no lag, however long ago the last transaction was. */
async function receiver(ask: Ask): Promise<NonNullable<WriteAheadLogFacts['receiver']>> {
  const [row] = await ask(`
    SELECT (SELECT status FROM pg_stat_wal_receiver) AS status,
      CASE WHEN pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn() THEN 0
        ELSE floor(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()))::float8
      END AS replay_lag_seconds`)
  return row
}
