import type { JobFacts } from '../facts.ts'
import type { Relation, Report } from '../report.ts'
import { bytes, count, moment, plural, span } from '../words.ts'
import { block, code, join, link, plain, table } from './text.ts'

/** Hypertables, continuous aggregates and jobs; nothing where there is no TimescaleDB. */
export function timescalePart({ timescaledb, relations }: Report): string | undefined {
  if (timescaledb === null) return undefined
  const hypertables = relations.filter(({ hypertable }) => hypertable !== null)
  const aggregates = relations.filter(({ continuous_aggregate }) => continuous_aggregate !== null)
  const jobs = timescaledb.jobs.filter(({ internal }) => !internal)
  if (hypertables.length + aggregates.length + jobs.length === 0) return undefined
  return join(
    '## TimescaleDB',
    hypertables.length > 0 && join('### Hypertables', hypertableTable(hypertables)),
    aggregates.length > 0 && join('### Continuous aggregates', ...aggregates.map(aggregate)),
    jobs.length > 0 && join('### Jobs', jobTable(jobs)),
    !timescaledb.errors_visible &&
      jobs.length > 0 &&
      'Errors of jobs that belong to other roles are not visible to this role.',
  )
}

const hypertableTable = (hypertables: readonly Relation[]): string =>
  table(
    ['hypertable', 'dimensions', 'chunks', 'compressed', 'ratio', 'from', 'to', 'size'],
    hypertables.flatMap(({ id, hypertable: h }) =>
      h === null
        ? []
        : [
            [
              link(id),
              h.dimensions
                .map(
                  d =>
                    `${plain(d.column)}${d.kind === 'time' ? ` by ${plain(d.interval_text ?? d.interval ?? '?')}` : ` in ${d.partitions}`}`,
                )
                .join(', '),
              count(h.chunks),
              h.compression_enabled ? count(h.compressed_chunks) : 'off',
              ratio(h.before_compression_bytes, h.after_compression_bytes),
              bound(h.first_start),
              bound(h.last_end),
              bytes(h.bytes),
            ],
          ],
    ),
    ['chunks', 'compressed', 'ratio', 'size'],
  )

/** Moments are ISO 8601; an integer dimension has numbers. */
const bound = (text: string | null): string =>
  text === null ? 'none' : /^\d{4}-/.test(text) ? moment(text) : plain(text)

const ratio = (before: number | null, after: number | null): string =>
  before === null || after === null || after === 0 ? '' : `${(before / after).toFixed(1)} : 1`

function aggregate({ id, continuous_aggregate: a, definition }: Relation): string {
  if (a === null) return ''
  const policy =
    a.refresh === null
      ? 'It has no refresh policy: nothing keeps it up to date.'
      : `Refreshed every ${span(a.refresh.schedule_seconds)}, from ${plain(a.refresh.start_offset ?? 'the beginning')} ago to ${plain(a.refresh.end_offset ?? 'no time')} ago.`
  const lag =
    a.lag_seconds === null
      ? undefined
      : a.lag_seconds > 0
        ? `It is ${span(Math.round(a.lag_seconds))} behind.`
        : 'It is up to date.'
  return join(
    `#### ${link(id)}`,
    [`From ${link(a.source)}, ${bytes(a.bytes)}.`, policy, lag].filter(Boolean).join(' '),
    definition && block(definition, 'sql'),
  )
}

const jobTable = (jobs: readonly JobFacts[]): string =>
  table(
    ['job', 'what', 'on', 'every', 'last success', 'next', 'runs', 'failures', 'state'],
    jobs.map(job => [
      String(job.id),
      `${job.kind}${job.kind === 'user' ? ` ${code(job.procedure)}` : ''}`,
      job.hypertable === null ? '' : plain(job.hypertable),
      span(job.schedule_seconds),
      moment(job.last_succeeded_at),
      job.scheduled ? (job.next_start === null ? 'unknown' : moment(job.next_start)) : 'paused',
      plural(job.total_runs, 'run'),
      count(job.total_failures),
      plain(job.last_status ?? 'never run'),
    ]),
    ['failures'],
  )
