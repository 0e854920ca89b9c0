import { code, join, link, plain, table } from '../markdown/text.ts'
import { bytes, count, moment, plural } from '../words.ts'
import type { Change, Drift, DriftFinding, Growth, Thing, Unused } from './drift.ts'

/** Longer lists are in report.json. */
const rows = 200
/** Characters of a definition. */
const longest = 160

/** The section of report.md. Names and definitions cannot break out of it. */
export function renderDrift(drift: Drift): string {
  const { added, removed, changed, grew, unused, findings, not_compared: missing } = drift
  const lists = [added, removed, changed, grew, unused, findings.new, findings.gone]
  return join(
    `## What is different since ${moment(drift.since)}`,
    `Health: ${score(drift.health.from)} → ${score(drift.health.to)}.`,
    lists.every(({ length }) => length === 0) && 'Nothing is different that a report would show.',
    part('New findings', ['severity', 'check', 'object', 'reason'], findings.new, findingRow),
    part('Findings that are gone', ['severity', 'check', 'object', 'it said'], findings.gone, findingRow),
    part('Added', ['what', 'name', 'of'], added, thingRow),
    part('Removed', ['what', 'name', 'of'], removed, thingRow),
    part('Changed', ['what', 'name', 'of', '', 'from', 'to'], changed, changeRow),
    part('Grown', ['relation', 'size then', 'size now', 'rows then', 'rows now'], grew, growthRow),
    part('Indexes not used since', ['index', 'of', 'size', 'scans before', 'days'], unused, unusedRow),
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

const name = ({ what, name: own, relation }: Thing): string[] => [
  plain(what),
  own === relation ? link(own) : plain(own),
  own === relation || relation === null ? '' : link(relation),
]
const thingRow = name
const changeRow = (change: Change): string[] => [
  ...name(change),
  plain(change.aspect),
  cut(change.from),
  cut(change.to),
]
const cut = (text: string | null): string => {
  if (text === null) return 'none'
  return code([...text].length > longest ? `${[...text].slice(0, longest).join('')}…` : text)
}
const growthRow = ({ relation, bytes: b, rows: r }: Growth): string[] => [
  link(relation),
  bytes(b?.from ?? null),
  bytes(b?.to ?? null),
  count(r?.from ?? null),
  count(r?.to ?? null),
]
const unusedRow = ({ index, relation, bytes: size, scans, days }: Unused): string[] => [
  plain(index),
  link(relation),
  bytes(size),
  count(scans),
  String(days),
]
const findingRow = ({ severity, check, title, object, relation, reason }: DriftFinding): string[] => [
  severity,
  `${check} ${plain(title)}`,
  object !== '' && object === relation ? link(object) : plain(object),
  plain(reason),
]
