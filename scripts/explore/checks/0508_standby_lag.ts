import { formatBytes, formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'

export const standbyLag = check({
  number: '0508',
  name: 'standby_lag',
  title: 'Standby that is behind',
  severity: 'warning',
  why: 'A standby that is behind gives old answers, and after a failover to it the last of the data would be missing.',
  mend: 'Look whether its disk or the network is at its limit, and whether a long query on the standby holds up the replay (max_standby_streaming_delay).',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-REPLICATION-VIEW',
  needs: ['server', 'write_ahead_log'],
  thresholds: {
    seconds: { default: 300, unit: 'seconds', meaning: 'it is further behind' },
    bytes: { default: 1024 ** 3, unit: 'bytes', meaning: 'or by more of the log' },
  },
  find({ server, write_ahead_log: log }, { seconds, bytes }) {
    const late = (lag: number | null): boolean => lag !== null && lag >= seconds
    if (server.in_recovery) {
      if (log.receiver === null || log.receiver.replay_lag_seconds === null)
        return {
          not_assessed: 'This standby has replayed nothing yet, so that it cannot say how far it is behind.',
        }
      const { status, replay_lag_seconds: lag } = log.receiver
      if (!late(lag)) return []
      const connected = status === null ? ', and is not connected to its primary' : ''
      return [
        { object: '', reason: `This standby is ${formatDuration(lag)} behind${connected}.`, worth: lag },
      ]
    }
    // pg_basebackup and pg_receivewal replay nothing.
    const standbys = log.standbys.filter(({ behind_bytes }) => behind_bytes !== null)
    if (standbys.length === 0) return { not_applicable: 'No standby is connected.' }
    return standbys
      .filter(one => late(one.replay_lag_seconds) || (one.behind_bytes ?? 0) >= bytes)
      .map(one => ({
        object: '',
        reason: `Standby ${one.application}${one.client ? ` (${one.client})` : ''} is ${formatBytes(one.behind_bytes ?? 0)} of log behind${one.replay_lag_seconds === null ? '' : `, ${formatDuration(one.replay_lag_seconds)}`}.`,
        sql: 'SELECT application_name, state, sent_lsn, write_lsn, flush_lsn, replay_lsn, replay_lag FROM pg_stat_replication;',
        worth: one.behind_bytes ?? 0,
      }))
  },
})
