import { formatBytes } from '../terminal/format.ts'
import { severities } from './checks/check.ts'
import type { Drift } from './drift/drift.ts'
import type { Finding, Report } from './report.ts'
import { count, moment, plural } from './words.ts'

export type Summarised = Pick<Report, 'server' | 'summary' | 'health' | 'findings' | 'not_measured'> & {
  drift: Drift | null
  files: { folder: string; html: string }
}

const shown = 6

/** What a person reads in ten seconds, at a terminal. */
export function renderSummary(result: Summarised): string {
  const { server, summary, health, findings, not_measured, files } = result
  const timescale =
    server.timescaledb_version === null ? '' : `, TimescaleDB ${oneLine(server.timescaledb_version)}`
  const size = summary.bytes === null ? '' : `, ${formatBytes(summary.bytes)}`
  return [
    `${oneLine(server.database)}: PostgreSQL ${oneLine(server.version)}${timescale}${size}`,
    contents(result),
    '',
    `Health: ${health.score === null ? `n/a (${health.why_none})` : `${health.score} of 100`}, ${health.assessed} of ${health.of} checks assessed`,
    ...found(findings, result),
    ...changes(result),
    ...(not_measured.length > 0
      ? ['', `Not measured: ${not_measured.map(one => one.what).join(', ')}.`]
      : []),
    '',
    `Open ${files.html}`,
  ].join('\n')
}

function contents({ summary }: Summarised): string {
  const hypertables =
    summary.hypertables > 0
      ? ` (${plural(summary.hypertables, 'hypertable')} with ${plural(summary.chunks, 'chunk')})`
      : ''
  return [
    `${plural(summary.tables, 'table')}${hypertables}`,
    ...(summary.continuous_aggregates > 0
      ? [plural(summary.continuous_aggregates, 'continuous aggregate')]
      : []),
    plural(summary.views, 'view'),
    plural(summary.indexes, 'index', 'indexes'),
    ...(summary.rows === null ? [] : [`about ${count(summary.rows)} rows`]),
  ].join(', ')
}

/** The worst one of each check first: ten of a kind say less than ten kinds. */
function found(findings: readonly Finding[], { summary }: Summarised): string[] {
  if (findings.length === 0) return ['Nothing was found.']
  const first = findings.filter((one, i) => findings.findIndex(other => other.check === one.check) === i)
  const lines = first.slice(0, shown).map(({ check, severity, title, object, reason }) => {
    const same = findings.filter(one => one.check === check).length - 1
    const more = same > 0 ? ` (and ${same} more)` : ''
    return `  ${severity.padEnd(8)}  ${title}: ${object === '' ? '' : `${oneLine(object)}: `}${oneLine(reason)}${more}`
  })
  const rest = first.length - shown
  const counts = severities.map(s => plural(summary.by_severity[s], s, s === 'critical' ? s : `${s}s`))
  return [
    counts.join(', '),
    ...lines,
    ...(rest > 0 ? [`  … and ${plural(rest, 'more kind')} of finding`] : []),
  ]
}

function changes({ drift }: Summarised): string[] {
  if (drift === null) return []
  const { added, removed, changed } = drift
  return [
    '',
    `Since ${moment(drift.since)}: ${added.length} added, ${removed.length} removed, ${changed.length} changed.`,
  ]
}

/** A name of somebody else’s may hold anything. */
const oneLine = (text: string): string => text.replace(/\p{Cc}/gu, '�')
