import { anchorOf } from '../anchor.ts'
import type { Diagrams } from '../diagram/diagrams.ts'
import type { Finding, Relation } from '../report.ts'
import { columns } from './columns.ts'
import { type Html, html, type Piece, raw } from './escape.ts'
import { constraintTable, indexTable, references } from './keys.ts'
import { code, facts, later, maybeLink, severityBadge, sql, table } from './markup.ts'
import { bytes, count, moment, percent, plural, yes } from './values.ts'

export type Surroundings = {
  /** Ids that have a place in this report. */
  known: ReadonlySet<string>
  findings: ReadonlyMap<string, readonly Finding[]>
  diagrams: Diagrams
  deferred: boolean
}

/**
 * One relation, closed. The anchor is inside, so that a browser without scripts opens the details on its way there.
 */
export function relation(one: Relation, around: Surroundings): Html {
  const found = around.findings.get(one.id) ?? []
  const worst = found[0]?.severity
  return html`<details class="relation"><summary><h4>${one.name}</h4> <span class="kind">${one.kind}</span> <span class="figures">${figures(one)}</span>${
    worst &&
    html` <span class="badge ${worst}">${plural(found.length, 'finding')}<span class="visually-hidden">, the worst: ${worst}</span></span>`
  }</summary><div class="body" id="${anchorOf(one.id)}">${later(around.deferred, body(one, found, around))}</div></details>\n`
}

/** A view has no rows of its own, and a continuous aggregate's are those of the hypertable behind it. */
export const isStored = ({ kind }: Relation): boolean => kind !== 'view' && kind !== 'continuous aggregate'

function figures(one: Relation): Html {
  const rows = isStored(one) && html`${count(one.rows, 'unknown number of')} rows`
  const size = one.total_bytes > 0 && bytes(one.total_bytes)
  return html`${rows}${rows && size && ' · '}${size}`
}

const sub = (title: string, content: Html): Html =>
  content.html === '' ? content : html`<section><h5>${title}</h5>${content}</section>`
const list = (items: readonly Piece[]): Html =>
  items.length === 0 ? html`` : html`<ul class="plain">${items.map(item => html`<li>${item}</li>`)}</ul>`

function body(one: Relation, found: readonly Finding[], { known, diagrams }: Surroundings): Html {
  const neighbourhood = Object.hasOwn(diagrams.neighbourhoods, one.id)
    ? diagrams.neighbourhoods[one.id]
    : undefined
  return html`${one.purpose && purpose(one.purpose)}${about(one, known)}${sub(
    'Findings',
    list(
      found.map(
        ({ check, severity, title, reason }) =>
          html`${severityBadge(severity)} <a href="#found-${check}">${title}</a>: ${reason}`,
      ),
    ),
  )}${sub('Columns', columns(one.columns))}${sub('Keys and checks', constraintTable(one.constraints))}${sub(
    'Indexes',
    indexTable(one.indexes),
  )}${sub('References', references(one, known))}${sub('Activity', activity(one))}${sub(
    'Triggers',
    table({
      caption: `Triggers of ${one.name}`,
      headings: ['Trigger', 'Definition', 'Enabled', 'Comment'],
      rows: one.triggers.map(t => [code(t.name), code(t.definition), yes(t.enabled), t.comment]),
    }),
  )}${sub(
    'Policies',
    table({
      caption: `Row security policies of ${one.name}`,
      headings: ['Policy', 'Permissive', 'Command', 'Roles', 'Using', 'Check'],
      rows: one.policies.map(p => [
        code(p.name),
        yes(p.permissive),
        p.command,
        p.roles.join(', '),
        p.using !== null && code(p.using),
        p.check !== null && code(p.check),
      ]),
    }),
  )}${sub(
    'Grants',
    table({
      caption: `Grants on ${one.name}`,
      headings: ['Role', 'Privileges', 'May grant them'],
      rows: one.grants.map(g => [g.grantee, g.privileges.join(', '), yes(g.grantable)]),
    }),
  )}${sub('Reads from', list(one.uses.map(id => maybeLink(id, known))))}${sub(
    'Definition',
    one.definition === null ? html`` : sql(one.definition),
  )}${sub('Neighbourhood', neighbourhood === undefined ? html`` : html`<div class="diagram">${raw(neighbourhood)}</div>`)}`
}

export const purpose = ({ text, inferred }: { text: string; inferred: boolean }): Html =>
  html`<p class="purpose">${inferred && html`<span class="tag" title="There is no comment: this is a guess by its name and its keys">inferred</span> `}${text}</p>`

function about(one: Relation, known: ReadonlySet<string>): Html {
  const stored = isStored(one)
  const part = one.kind === 'hypertable' ? 'Chunks' : 'Partitions'
  // The chunks that hold compressed data are parts as well, and nobody counts them.
  const parts = one.hypertable?.chunks ?? one.parts
  const exact = one.sizes_exact ? '' : ', as of the last VACUUM or ANALYZE'
  return facts([
    ['Kind', one.persistence === 'unlogged' ? `${one.kind}, unlogged` : one.kind],
    ['Owner', one.owner],
    ['Rows, estimated', stored && count(one.rows, 'unknown: never analysed')],
    ['Size', stored && html`${bytes(one.total_bytes)}${exact}`],
    [
      'Table, indexes, TOAST',
      stored && html`${bytes(one.table_bytes)}, ${bytes(one.index_bytes)}, ${bytes(one.toast_bytes)}`,
    ],
    [
      'Bloat, estimated',
      one.bloat && html`${bytes(one.bloat.bloat_bytes)} of ${bytes(one.bloat.table_bytes)}`,
    ],
    [part, parts > 0 && count(parts)],
    ['Partitioned by', one.partition_key !== null && code(one.partition_key)],
    ['Inherits from', one.inherits.length > 0 && one.inherits.map(id => html`${maybeLink(id, known)} `)],
    ['Row security', one.row_security && (one.force_row_security ? 'on, for the owner too' : 'on')],
    [
      'Replica identity',
      one.replica_identity !== null && one.replica_identity !== 'default' && one.replica_identity,
    ],
    ['Access method', one.access_method !== null && one.access_method !== 'heap' && one.access_method],
    ['Tablespace', one.tablespace],
    ['Options', one.options.length > 0 && code(one.options.join(', '))],
    ['Extension', one.extension],
  ])
}

function activity({ usage, xid_age }: Relation): Html {
  if (usage === null) return html``
  const hot = usage.updated === 0 ? null : usage.hot_updated / usage.updated
  return facts([
    ['Sequential scans', html`${count(usage.seq_scans)}, rows read ${count(usage.seq_rows)}`],
    ['Index scans', html`${count(usage.index_scans)}, rows fetched ${count(usage.index_rows)}`],
    ['Inserted', count(usage.inserted)],
    ['Updated', html`${count(usage.updated)}${hot !== null && `, ${percent(hot)} without an index`}`],
    ['Deleted', count(usage.deleted)],
    ['Dead rows', count(usage.dead_rows)],
    ['Last vacuum', moment(usage.last_vacuum)],
    [
      'Last analyse',
      html`${moment(usage.last_analyze)}, ${count(usage.changed_since_analyze)} changes since`,
    ],
    ['Age in transactions', xid_age !== null && count(xid_age)],
  ])
}
