import type { RelationUsage } from '../facts.ts'
import type { Index, Relation, Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, type Cell, code, facts, part, relationLink, sql, table } from './markup.ts'
import {
  bytes,
  count,
  milliseconds,
  missing,
  moment,
  percent,
  plural,
  share,
  shorten,
  since,
} from './values.ts'

/** The first rows tell; the whole is in report.json. */
const most = 20

export function performance(report: Report): Html {
  const used = report.relations.flatMap(relation =>
    relation.usage ? [{ relation, usage: relation.usage }] : [],
  )
  return html`${part('Indexes', indexes(report))}${part('Cache and scans', scans(report, used))}${part(
    'Dead rows',
    deadRows(used),
  )}${part('Statements', statements(report))}`
}

type Used = { relation: Relation; usage: RelationUsage }
const top = <T>(all: readonly T[], worth: (one: T) => number): T[] =>
  all.filter(one => worth(one) > 0).sort((a, b) => worth(b) - worth(a))
const capped = (all: number, one: string, many?: string): Html | false =>
  all > most &&
  html`<p class="note">The first ${most} of ${plural(all, one, many)}; report.json has them all.</p>`

function indexes({ relations, server }: Report): Html {
  const all: { relation: Relation; index: Index }[] = []
  for (const relation of relations) for (const index of relation.indexes) all.push({ relation, index })
  if (all.length === 0) return html``
  const never = all.filter(({ index }) => index.scans === 0)
  const uncounted = all.filter(({ index }) => index.scans === null).length
  const largest = top(all, ({ index }) => index.bytes)
  const size = never.reduce((sum, { index }) => sum + index.bytes, 0)
  return html`<p>${plural(all.length, 'index', 'indexes')}. ${plural(never.length, 'was', 'were')} never scanned since ${since(server.statistics_since)}${never.length > 0 && html`: ${bytes(size)}`}.${uncounted > 0 && ` Of ${plural(uncounted, 'other')} nothing is counted.`} Indexes of keys are needed even when nobody scans them.</p>${table(
    {
      caption: 'The largest indexes',
      headings: ['Index', 'Table', 'Size#', 'Scans#', 'Rows read#', 'Last scan'],
      rows: largest
        .slice(0, most)
        .map(({ relation, index }) => [
          code(index.name),
          relationLink(relation.id),
          by(index.bytes, bytes(index.bytes)),
          by(index.scans, count(index.scans)),
          by(index.rows_read, count(index.rows_read)),
          index.last_scan === null && index.scans !== 0 ? missing('unknown') : moment(index.last_scan),
        ]),
    },
  )}${capped(largest.length, 'index', 'indexes')}`
}

function scans({ performance: { cache_hit_ratio } }: Report, used: readonly Used[]): Html {
  if (cache_hit_ratio === null && used.length === 0) return html``
  const rows = top(used, ({ usage }) => usage.seq_rows + usage.blocks_read)
  return html`<p>Blocks found in shared buffers: ${share(cache_hit_ratio, 'not measured, or no traffic')}. What the operating system had in its own cache counts as read here.</p>${table(
    {
      caption: 'Tables by what is read of them',
      headings: [
        'Table',
        'Size#',
        'Sequential scans#',
        'Rows they read#',
        'Index scans#',
        'Blocks read#',
        'From the cache#',
      ],
      rows: rows.slice(0, most).map(({ relation, usage }) => {
        const blocks = usage.blocks_hit + usage.blocks_read
        const ratio = blocks === 0 ? null : usage.blocks_hit / blocks
        return [
          relationLink(relation.id),
          by(relation.total_bytes, bytes(relation.total_bytes)),
          ...[usage.seq_scans, usage.seq_rows, usage.index_scans, usage.blocks_read].map(
            (value): Cell => by(value, count(value)),
          ),
          by(ratio, share(ratio, 'no traffic')),
        ]
      }),
    },
  )}${capped(rows.length, 'table')}`
}

function deadRows(used: readonly Used[]): Html {
  const rows = top(used, ({ usage }) => usage.dead_rows)
  return html`${table({
    caption: 'Tables by dead rows',
    headings: [
      'Table',
      'Dead rows#',
      'Live rows#',
      'Dead share#',
      'Due for vacuum#',
      'Last vacuum',
      'Last analyse',
    ],
    rows: rows.slice(0, most).map(({ relation, usage }) => {
      const ratio = usage.dead_rows / (usage.dead_rows + usage.live_rows)
      return [
        relationLink(relation.id),
        by(usage.dead_rows, count(usage.dead_rows)),
        by(usage.live_rows, count(usage.live_rows)),
        by(ratio, html`${percent(ratio)}`),
        by(relation.vacuum_due, count(relation.vacuum_due)),
        moment(usage.last_vacuum),
        moment(usage.last_analyze),
      ]
    }),
  })}${capped(rows.length, 'table')}`
}

function statements({ performance: { statements } }: Report): Html {
  if (statements === null || statements.statements.length === 0) return html``
  return html`${facts([['Counted since', moment(statements.since, 'unknown')]])}${table({
    caption: 'The statements that took the most time',
    headings: [
      'Statement',
      'Role',
      'Calls#',
      'Total#',
      'Mean#',
      'Longest#',
      'Rows#',
      'Blocks read#',
      'Temporary blocks#',
    ],
    rows: statements.statements.map(one => [
      html`<details class="query"><summary><code>${shorten(one.query.replace(/\s+/g, ' '), 90)}</code></summary>${sql(one.query)}</details>`,
      one.role ?? missing('unknown'),
      by(one.calls, count(one.calls)),
      ...[one.total_ms, one.mean_ms, one.max_ms].map((ms): Cell => by(ms, html`${milliseconds(ms)}`)),
      ...[one.rows, one.shared_blocks_read, one.temp_blocks_written].map((n): Cell => by(n, count(n))),
    ]),
  })}`
}
