import type { JobFacts } from '../facts.ts'
import type { Relation, Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, code, facts, maybeLink, part, relationLink, sql, table } from './markup.ts'
import { timeline } from './timeline.ts'
import { bytes, count, duration, moment, momentText, percent, shorten, yes } from './values.ts'

export function timescale(report: Report, known: ReadonlySet<string>): Html {
  if (report.timescaledb === null) return html``
  const hypertables = report.relations.filter(({ hypertable }) => hypertable !== null)
  const aggregates = report.relations.filter(({ continuous_aggregate: one }) => one !== null)
  const { jobs, errors_visible } = report.timescaledb
  return html`${part('Hypertables', html`${hypertables.map(one => hypertable(one, report.server.memory_bytes))}`)}${part(
    'Continuous aggregates',
    html`${aggregates.map(one => aggregate(one, known))}`,
  )}${part('Jobs', jobTable(jobs, errors_visible))}`
}

function hypertable({ id, hypertable: h, rows }: Relation, memory: number | null): Html {
  if (h === null) return html``
  const before = h.before_compression_bytes
  const after = h.after_compression_bytes
  const dimensions = h.dimensions.map(
    d =>
      html`<li>${code(d.column)} ${d.type}: ${
        d.kind === 'time'
          ? `a chunk for each ${d.interval_text ?? d.interval ?? 'unknown interval'}`
          : `${d.partitions ?? 'an unknown number of'} space partitions`
      }</li>`,
  )
  return html`<article class="card wide"><h4>${relationLink(id)}</h4>${facts([
    ['Dimensions', html`<ul class="plain">${dimensions}</ul>`],
    [
      'Chunks',
      html`${count(h.chunks)}${h.compression_enabled && html`, ${count(h.compressed_chunks)} compressed`}`,
    ],
    ['Rows, estimated', count(rows, 'unknown')],
    ['Size', bytes(h.bytes)],
    [
      'From, to',
      h.first_start !== null && html`${momentText(h.first_start)} – ${momentText(h.last_end ?? '?')}`,
    ],
    ['Largest chunk', h.chunks > 0 && bytes(h.largest_chunk_bytes)],
    [
      'Chunks written to now',
      h.chunks > 0 &&
        html`${bytes(h.current_chunk_bytes)}, their indexes ${bytes(h.current_chunk_index_bytes)}${
          memory !== null && `: ${percent(h.current_chunk_index_bytes / memory)} of memory`
        }`,
    ],
    ['Compression', h.compression_enabled ? 'enabled' : 'not enabled'],
    ['Segmented by', h.segment_by.length > 0 && code(h.segment_by.join(', '))],
    ['Ordered by', h.order_by.length > 0 && code(h.order_by.join(', '))],
    [
      'Compressed',
      before !== null &&
        after !== null &&
        html`${bytes(before)} → ${bytes(after)}${after > 0 && `, ${(before / after).toFixed(1)} times smaller`}`,
    ],
    ['Overdue for compression', h.overdue_compression === null ? null : count(h.overdue_compression)],
  ])}${timeline(id, h.timeline)}</article>`
}

function aggregate({ id, definition, continuous_aggregate: c }: Relation, known: ReadonlySet<string>): Html {
  if (c === null) return html``
  const offsets =
    c.refresh &&
    `from ${c.refresh.start_offset ?? 'the beginning'} to ${c.refresh.end_offset ?? 'the end'} before now`
  return html`<article class="card wide"><h4>${relationLink(id)}</h4>${facts([
    ['Made from', maybeLink(c.source, known)],
    ['Bucket', duration(c.bucket_seconds, 'unknown')],
    ['Size', bytes(c.bytes)],
    [
      'Real-time',
      c.materialized_only ? 'no: shows what is materialised' : 'yes: adds the newest rows of its source',
    ],
    ['Watermark', moment(c.watermark, 'unknown')],
    ['Lag', duration(c.lag_seconds, 'unknown')],
    ['Refresh policy', c.refresh ? html`every ${duration(c.refresh.schedule_seconds)}, ${offsets}` : 'none'],
    ['Compression', yes(c.compression_enabled)],
  ])}${definition !== null && html`<details><summary>Definition</summary>${sql(definition)}</details>`}</article>`
}

function jobTable(jobs: readonly JobFacts[], visible: boolean): Html {
  if (jobs.length === 0) return html``
  return html`${table({
    caption: 'Jobs of TimescaleDB',
    headings: [
      'Job',
      'Kind',
      'On',
      'After',
      'Every#',
      'Last run',
      'Result',
      'Runs#',
      'Failures#',
      'Next start',
      'Overdue#',
    ],
    rows: jobs.map(job => [
      html`${job.id} ${code(job.procedure)}${!job.scheduled && html` <span class="tag">paused</span>`}`,
      job.kind,
      job.hypertable === null ? '' : code(job.hypertable),
      job.after,
      by(job.schedule_seconds, duration(job.schedule_seconds)),
      moment(job.last_started_at),
      html`${job.last_status ?? ''}${job.last_error !== null && html`<br><small>${shorten(job.last_error, 300)}</small>`}`,
      by(job.total_runs, count(job.total_runs)),
      by(job.total_failures, count(job.total_failures)),
      moment(job.next_start, 'none'),
      by(job.overdue_seconds, duration(job.overdue_seconds, 'unknown')),
    ]),
  })}${!visible && html`<p class="note">Errors of other roles' jobs are not visible to this role: none shown does not mean none happened.</p>`}`
}
