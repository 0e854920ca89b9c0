import { formatCount } from '../../terminal/format.ts'
import { check } from './check.ts'

export const checkpointsRequested = check({
  number: '0409',
  name: 'checkpoints_requested',
  title: 'Checkpoints come before their time',
  severity: 'notice',
  why: 'A checkpoint writes everything that has changed to the disk. It should come by the clock (checkpoint_timeout). Where the write-ahead log fills max_wal_size before, they come more often: the disk has more to write, and so has the log, for after a checkpoint it keeps whole pages.',
  mend: 'Raise max_wal_size; the disk must have room for it. CHECKPOINT commands and backups ask for one as well: leave them out of the picture.',
  source: 'https://www.postgresql.org/docs/current/wal-configuration.html',
  needs: ['settings', 'write_ahead_log'],
  thresholds: {
    percent: { default: 50, unit: 'percent', meaning: 'more of the checkpoints were asked for' },
    checkpoints: { default: 50, unit: 'checkpoints', meaning: 'fewer say nothing' },
  },
  find({ settings, write_ahead_log: log }, { percent, checkpoints }) {
    const all = log.checkpoints_timed + log.checkpoints_requested
    if (all < checkpoints)
      return { not_assessed: `There were only ${all} checkpoints since the server counts them.` }
    const share = (100 * log.checkpoints_requested) / all
    if (share < percent) return []
    const size = settings.max_wal_size
    return [
      {
        object: '',
        reason: `${formatCount(log.checkpoints_requested)} of ${formatCount(all)} checkpoints were asked for (${Math.round(share)} %)${size ? `; max_wal_size is ${size.setting} ${size.unit ?? ''}` : ''}.`,
        sql: `${size ? `ALTER SYSTEM SET max_wal_size = '${2 * Number(size.setting)}${size.unit ?? ''}';` : "ALTER SYSTEM SET max_wal_size = '4GB';"}\nSELECT pg_reload_conf();`,
      },
    ]
  },
})
