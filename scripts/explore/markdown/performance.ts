import type { Report } from '../report.ts'
import { bytes, count, moment, share, span } from '../words.ts'
import { code, join, link, plain, table } from './text.ts'

const shown = 10

/** What the server has counted: where the work goes, and who waits. */
export function performancePart(report: Report): string | undefined {
  const { performance, relations } = report
  const tables = relations.filter(({ usage }) => usage !== null)
  if (tables.length === 0 && performance.activity === null) return undefined
  const busiest = [...tables]
    .filter(({ usage }) => (usage?.seq_rows ?? 0) + (usage?.index_rows ?? 0) + (usage?.inserted ?? 0) > 0)
    .sort((a, b) => (b.usage?.seq_rows ?? 0) - (a.usage?.seq_rows ?? 0))
    .slice(0, shown)
  return join(
    '## Performance',
    `Found in shared buffers: ${performance.cache_hit_ratio === null ? 'no traffic yet' : share(performance.cache_hit_ratio)}.`,
    busiest.length > 0 &&
      join(
        '### The tables that are read the most from end to end',
        table(
          [
            'table',
            'read in full',
            'rows so read',
            'index scans',
            'dead rows',
            'last vacuum',
            'last analyse',
          ],
          busiest.flatMap(({ id, usage }) =>
            usage === null
              ? []
              : [
                  [
                    link(id),
                    count(usage.seq_scans),
                    count(usage.seq_rows),
                    count(usage.index_scans),
                    count(usage.dead_rows),
                    moment(usage.last_vacuum),
                    moment(usage.last_analyze),
                  ],
                ],
          ),
          ['read in full', 'rows so read', 'index scans', 'dead rows'],
        ),
      ),
    statements(report),
    sessions(report),
    writeAheadLog(report),
    wraparound(report),
  )
}

function statements({ performance: { statements } }: Report): string | undefined {
  if (statements === null || statements.statements.length === 0) return undefined
  return join(
    '### Statements by their time in all',
    table(
      ['statement', 'calls', 'in all', 'mean', 'rows'],
      statements.statements
        .slice(0, shown)
        .map(s => [
          code(s.query.length > 160 ? `${s.query.slice(0, 160)}…` : s.query),
          count(s.calls),
          `${(s.total_ms / 1000).toFixed(1)} s`,
          `${s.mean_ms.toFixed(1)} ms`,
          count(s.rows),
        ]),
      ['calls', 'in all', 'mean', 'rows'],
    ),
  )
}

function sessions({ performance: { activity } }: Report): string | undefined {
  if (activity === null) return undefined
  return join(
    '### Sessions',
    `${count(activity.connections)} of ${count(activity.max_connections)} connections are in use.`,
    table(
      ['process', 'role', 'application', 'state', 'transaction for', 'waits for', 'statement'],
      activity.sessions
        .slice(0, shown)
        .map(s => [
          String(s.pid),
          plain(s.role ?? ''),
          plain(s.application),
          plain(s.state ?? ''),
          s.transaction_seconds === null ? '' : span(Math.round(s.transaction_seconds)),
          s.blocked_by.length > 0 ? `process ${s.blocked_by.join(', ')}` : plain(s.wait ?? ''),
          code(s.query.slice(0, 80)),
        ]),
    ),
  )
}

function writeAheadLog({ performance: { write_ahead_log: wal } }: Report): string | undefined {
  if (wal === null) return undefined
  const archive =
    wal.archive_mode === 'off'
      ? 'WAL is not archived.'
      : `WAL is archived: ${count(wal.archived)} files, the last ${moment(wal.last_archived_at)}; ${count(wal.archive_failures)} failures.`
  return join(
    '### WAL, slots and standbys',
    archive,
    table(
      ['slot', 'type', 'active', 'WAL kept', 'state'],
      wal.slots.map(s => [
        plain(s.name),
        s.type,
        s.active ? 'yes' : 'no',
        bytes(s.retained_bytes),
        plain(s.wal_status ?? ''),
      ]),
      ['WAL kept'],
    ),
    table(
      ['standby', 'state', 'behind', 'replay behind'],
      wal.standbys.map(s => [
        plain(s.application),
        plain(s.state ?? ''),
        bytes(s.behind_bytes),
        s.replay_lag_seconds === null ? '' : span(Math.round(s.replay_lag_seconds)),
      ]),
      ['behind'],
    ),
  )
}

function wraparound({ performance: { wraparound: w } }: Report): string | undefined {
  if (w === null) return undefined
  return join(
    '### Age of transaction ids',
    table(
      ['database', 'transactions', 'multixacts'],
      w.databases.map(d => [plain(d.name), count(d.xid_age), count(d.mxid_age)]),
      ['transactions', 'multixacts'],
    ),
    `Autovacuum acts at ${count(w.autovacuum_freeze_max_age)}; the server stops at about 2 billion.`,
  )
}
