import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { comment, quoteLiteral } from './words.ts'

export const inactiveReplicationSlot = check({
  number: '0503',
  name: 'inactive_replication_slot',
  title: 'Replication slot that nobody reads from',
  severity: 'warning',
  why: 'The server keeps its log for whoever reads from the slot, without end, until the disk is full. Where the slot holds back VACUUM as well, tables grow.',
  mend: 'Start what should read from it. If it will not come back, drop the slot; a standby then has to be made anew. max_slot_wal_keep_size sets an end to what is kept.',
  source: 'https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS',
  needs: ['write_ahead_log'],
  thresholds: {
    bytes: { default: 1024 ** 3, unit: 'bytes', meaning: 'a slot without a reader keeps more log' },
    critical_bytes: { default: 50 * 1024 ** 3, unit: 'bytes', meaning: 'critical' },
  },
  find: ({ write_ahead_log: log }, { bytes, critical_bytes }) =>
    log.slots.flatMap(slot => {
      const kept = slot.retained_bytes
      if (slot.active || slot.temporary || slot.wal_status === 'lost' || kept === null || kept < bytes)
        return []
      return [
        {
          object: '',
          reason: `Nobody reads from the ${slot.type} slot ${slot.name}; the server keeps ${formatBytes(kept)} of its log for it.`,
          sql: `${comment(`Only where ${slot.name} is needed no more:`)}\nSELECT pg_drop_replication_slot(${quoteLiteral(slot.name)});`,
          severity: kept >= critical_bytes ? ('critical' as const) : ('warning' as const),
          worth: kept,
        },
      ]
    }),
})
