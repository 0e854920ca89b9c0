import { code, join, link, plain, table } from '../markdown/text.ts'
import { bytes, count, moment, plural } from '../words.ts'
import type { Change, Drift, DriftFinding, Growth, Thing, Unused } from './drift.ts'

/** Longer lists are in report.json. */
const rows = 200
/** Characters of a definition. */
const longest = 160

/** The section of report.md. Names and definitions cannot break out of it. */
export function renderDrift(drift: Drift, known: ReadonlySet<string>): string {
  const to = (id: string): string => (known.has(id) ? link(id) : plain(id))
  const { added, removed, changed, grew, unused, findings, not_compared: missing } = drift
  const lists = [added, removed, changed, grew, unused, findings.new, findings.gone]
  return join(
    `## What is different since ${moment(drift.since)}`,
    `Health: ${score(drift.health.from)} → ${score(drift.health.to)}.`,
    lists.every(({ length }) => length === 0) && 'Nothing is different that a report would show.',
    part('New findings', ['severity', 'check', 'object', 'reason'], findings.new, one => findingRow(one, to)),
    part('Findings that are gone', ['severity', 'check', 'object', 'it said'], findings.gone, one =>
      findingRow(one, to),
    ),
    part('Added', ['what', 'name', 'of'], added, one => thingRow(one, to)),
    part('Removed', ['what', 'name', 'of'], removed, one => thingRow(one, to)),
    part('Changed', ['what', 'name', 'of', '', 'from', 'to'], changed, one => changeRow(one, to)),
    part('Grown', ['relation', 'size then', 'size now', 'rows then', 'rows now'], grew, one =>
      growthRow(one, to),
    ),
    part('Indexes not used since', ['index', 'of', 'size', 'scans before', 'days'], unused, one =>
      unusedRow(one, to),
    ),
    missing.length > 0 &&
      join(
        '### Not compared',
        missing.map(({ what, why }) => `- **${plain(what)}**: ${plain(why)}`).join('\n'),
      ),
  )
}

const score = (value: number | null): string => (value === null ? 'n/a' : `${value} of 100`)

function part<T>(title: string, headings: string[], all: readonly T[], row: (one: T) => string[]): string {
  if (all.length === 0) return ''
  const more = all.length - rows
  return join(
    `### ${title}`,
    table(headings, all.slice(0, rows).map(row)),
    more > 0 && `${plural(more, 'more line')} in report.json.`,
  )
}

/** A link where the relation has a place in the report: what was removed has none. */
type To = (id: string) => string

const name = ({ what, name: own, relation }: Thing, to: To): string[] => [
  plain(what),
  own === relation ? to(own) : plain(own),
  own === relation || relation === null ? '' : to(relation),
]
const thingRow = name
const changeRow = (change: Change, to: To): string[] => [
  ...name(change, to),
  plain(change.aspect),
  cut(change.from),
  cut(change.to),
]
const cut = (text: string | null): string => {
  if (text === null) return 'none'
  return code([...text].length > longest ? `${[...text].slice(0, longest).join('')}…` : text)
}
const growthRow = ({ relation, bytes: b, rows: r }: Growth, to: To): string[] => [
  to(relation),
  bytes(b?.from ?? null),
  bytes(b?.to ?? null),
  count(r?.from ?? null),
  count(r?.to ?? null),
]
const unusedRow = ({ index, relation, bytes: size, scans, days }: Unused, to: To): string[] => [
  plain(index),
  to(relation),
  bytes(size),
  count(scans),
  String(days),
]
const findingRow = ({ severity, check, title, object, relation, reason }: DriftFinding, to: To): string[] => [
  severity,
  `${check} ${plain(title)}`,
  object !== '' && object === relation ? to(object) : plain(object),
  plain(reason),
]
