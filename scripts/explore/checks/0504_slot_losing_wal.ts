import { check } from './check.ts'
import { comment, quoteLiteral } from './words.ts'

export const slotLosingWal = check({
  number: '0504',
  name: 'slot_losing_wal',
  title: 'Replication slot whose log is taken away',
  severity: 'critical',
  why: 'The reader of the slot is so far behind that max_slot_wal_keep_size is used up: the server deletes, or has deleted, what the reader still needs. It cannot go on from there.',
  mend: 'unreserved: let the reader catch up at once, or raise max_slot_wal_keep_size. lost: drop the slot, and make the standby or the subscription anew.',
  source: 'https://www.postgresql.org/docs/current/view-pg-replication-slots.html',
  needs: ['write_ahead_log'],
  find: ({ write_ahead_log: log }) =>
    log.slots
      .filter(({ wal_status }) => wal_status === 'lost' || wal_status === 'unreserved')
      .map(({ name, type, wal_status }) => ({
        object: '',
        reason:
          wal_status === 'lost'
            ? `What the ${type} slot ${name} still needed is deleted (lost).`
            : `What the ${type} slot ${name} still needs will be deleted at the next checkpoint (unreserved).`,
        sql:
          wal_status === 'lost'
            ? `${comment(`Its reader has to be made anew.`)}\nSELECT pg_drop_replication_slot(${quoteLiteral(name)});`
            : "ALTER SYSTEM SET max_slot_wal_keep_size = '-1';\nSELECT pg_reload_conf();",
      })),
})
