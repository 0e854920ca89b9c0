import type { ActivityFacts, WraparoundFacts, WriteAheadLogFacts } from '../facts.ts'
import type { Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, code, facts, part, table } from './markup.ts'
import { bytes, count, duration, missing, moment, percent, shorten, yes } from './values.ts'

/** What concerns the whole server and not one table. */
export const serverParts = ({ performance: { activity, write_ahead_log: wal, wraparound } }: Report): Html =>
  html`${activity && part('Sessions', sessions(activity))}${wal && part('Write-ahead log, slots and standbys', writeAheadLog(wal))}${
    wraparound && part('Wraparound', ages(wraparound))
  }`

function sessions(a: ActivityFacts): Html {
  return html`${facts([
    [
      'Connections',
      html`${count(a.connections)} of ${count(a.max_connections)}, ${count(a.reserved_connections)} reserved`,
    ],
    ['Deadlocks', count(a.deadlocks)],
    ['Temporary files', html`${count(a.temp_files)}, ${bytes(a.temp_bytes)}`],
    ['Checksum failures', count(a.checksum_failures, 'unknown: checksums are off')],
  ])}${table({
    caption: 'Long transactions, sessions that wait for a lock, sessions idle in a transaction',
    headings: [
      'Process#',
      'Role',
      'Program',
      'State',
      'Transaction#',
      'In this state#',
      'Waits for',
      'Blocked by',
      'Statement',
    ],
    rows: a.sessions.map(s => [
      by(s.pid, html`${s.pid}`),
      s.role,
      s.application,
      s.state ?? missing('unknown'),
      by(s.transaction_seconds, duration(s.transaction_seconds, 'none')),
      by(s.state_seconds, duration(s.state_seconds, 'unknown')),
      s.wait,
      s.blocked_by.join(', '),
      code(shorten(s.query, 200)),
    ]),
  })}${table({
    caption: 'Prepared transactions',
    headings: ['Name', 'Owner', 'Database', 'Age#'],
    rows: a.prepared.map(p => [code(p.gid), p.owner, p.database, by(p.seconds, duration(p.seconds))]),
  })}`
}

/** Null: the role may not see it. */
const archiver = ({ archive_configured: set }: WriteAheadLogFacts): string =>
  set === null ? ', whether a command is set is not visible' : set ? '' : ', but no command is set'

function writeAheadLog(w: WriteAheadLogFacts): Html {
  const archives = w.archive_mode !== 'off'
  return html`${facts([
    ['Archiving', archives ? `${w.archive_mode}${archiver(w)}` : 'off'],
    ['Archived', archives && html`${count(w.archived)}, last ${moment(w.last_archived_at)}`],
    [
      'Failures of archiving',
      archives && html`${count(w.archive_failures)}, last ${moment(w.last_failed_at)}`,
    ],
    ['File that failed last', w.last_failed_wal !== null && code(w.last_failed_wal)],
    [
      'Checkpoints',
      html`${count(w.checkpoints_timed)} by time, ${count(w.checkpoints_requested)} on request`,
    ],
    ['Checkpoints counted since', w.checkpoints_since !== null && moment(w.checkpoints_since)],
    [
      'Receives from its primary',
      w.receiver &&
        html`${w.receiver.status ?? 'not connected'}, ${duration(w.receiver.replay_lag_seconds, 'unknown')} behind`,
    ],
  ])}${table({
    caption: 'Replication slots',
    headings: ['Slot', 'Type', 'Active', 'Temporary', 'Database', 'Keeps of WAL#', 'State', 'Age of xmin#'],
    rows: w.slots.map(s => [
      code(s.name),
      s.type,
      yes(s.active),
      yes(s.temporary),
      s.database,
      by(s.retained_bytes, bytes(s.retained_bytes, 'unknown')),
      s.wal_status ?? missing('unknown'),
      by(s.xmin_age, count(s.xmin_age, 'none')),
    ]),
  })}${table({
    caption: 'Standbys',
    headings: ['Name', 'Address', 'State', 'Synchronous', 'Behind#', 'Replay lag#'],
    rows: w.standbys.map(s => [
      code(s.application),
      s.client,
      s.state ?? missing('unknown'),
      s.sync_state ?? missing('unknown'),
      by(s.behind_bytes, bytes(s.behind_bytes, 'unknown')),
      by(s.replay_lag_seconds, duration(s.replay_lag_seconds, 'unknown')),
    ]),
  })}`
}

/** Transaction numbers are compared modulo 2^32: beyond half of them the past would look like the future. */
const limit = 2 ** 31

function ages({ databases, autovacuum_freeze_max_age: freeze }: WraparoundFacts): Html {
  return html`<p>Autovacuum begins to freeze a table by itself at an age of ${count(freeze)} transactions. The server stops taking writes shortly before ${count(limit)}.</p>${table(
    {
      caption: 'Age of the databases, in transactions',
      headings: ['Database', 'Age#', 'Of the limit#', 'Age of multixacts#'],
      rows: databases.map(d => [
        code(d.name),
        by(d.xid_age, count(d.xid_age)),
        by(
          d.xid_age,
          html`${percent(d.xid_age / limit)} <meter min="0" max="1" value="${String(d.xid_age / limit)}" aria-hidden="true"></meter>`,
        ),
        by(d.mxid_age, count(d.mxid_age)),
      ]),
    },
  )}`
}
