import type { Drift, DriftFinding, Thing } from '../drift/drift.ts'
import type { Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, type Cell, code, maybeLink, part, severityBadge, table } from './markup.ts'
import { bytes, count, missing, moment, plural, shorten } from './values.ts'

/** Longer lists are in report.json. */
const most = 200

/** What is different since an older report, where one was given. */
export function changes({ drift }: Report, known: ReadonlySet<string>): Html {
  if (!drift) return html``
  const { health, added, removed, changed, grew, unused, findings, not_compared } = drift
  const lists = [added, removed, changed, grew, unused, findings.new, findings.gone]
  const same = lists.every(({ length }) => length === 0)
  const name = ({ what, name: own, relation }: Thing): Cell[] => [
    what,
    own === relation ? maybeLink(own, known) : code(own),
    relation !== null && relation !== own && maybeLink(relation, known),
  ]
  const finding = ({ severity, check, title, object, reason }: DriftFinding): Cell[] => [
    severityBadge(severity),
    `${check} ${title}`,
    object !== '' && maybeLink(object, known),
    reason,
  ]
  return html`<p>Since ${moment(drift.since)}. Health: ${score(health.from)} → ${score(health.to)}.${
    same && ' Nothing is different that a report would show.'
  }</p>${list('New findings', ['Severity', 'Check', 'Object', 'Reason'], findings.new, finding)}${list(
    'Findings that are gone',
    ['Severity', 'Check', 'Object', 'It said'],
    findings.gone,
    finding,
  )}${list('Added', ['What', 'Name', 'Of'], added, name)}${list('Removed', ['What', 'Name', 'Of'], removed, name)}${list(
    'Changed',
    ['What', 'Name', 'Of', 'Aspect', 'From', 'To'],
    changed,
    one => [...name(one), one.aspect, text(one.from), text(one.to)],
  )}${list(
    'Grown',
    ['Relation', 'Size then#', 'Size now#', 'Rows then#', 'Rows now#'],
    grew,
    ({ relation, bytes: size, rows }) => [
      maybeLink(relation, known),
      ...[size?.from ?? null, size?.to ?? null].map((value): Cell => by(value, bytes(value, 'unknown'))),
      ...[rows?.from ?? null, rows?.to ?? null].map((value): Cell => by(value, count(value, 'unknown'))),
    ],
  )}${list(
    'Indexes not used since',
    ['Index', 'Of', 'Size#', 'Scans before#', 'Days#'],
    unused,
    ({ index, relation, bytes: size, scans, days }) => [
      code(index),
      maybeLink(relation, known),
      by(size, bytes(size)),
      by(scans, count(scans)),
      by(days, count(days)),
    ],
  )}${part(
    'Not compared',
    not_compared.length === 0
      ? html``
      : html`<dl class="unmeasured">${not_compared.map(({ what, why }) => html`<div><dt>${what}</dt><dd>${why}</dd></div>`)}</dl>`,
  )}`
}

const score = (value: Drift['health']['from']): string => (value === null ? 'n/a' : `${value} of 100`)
const text = (value: string | null): Html => (value === null ? missing('none') : code(shorten(value, 160)))

function list<T>(title: string, headings: string[], all: readonly T[], row: (one: T) => Cell[]): Html {
  if (all.length === 0) return html``
  const more = all.length - most
  return part(
    title,
    html`${table({ caption: title, headings, rows: all.slice(0, most).map(row) })}${
      more > 0 && html`<p class="note">${plural(more, 'more line')} in report.json.</p>`
    }`,
  )
}
