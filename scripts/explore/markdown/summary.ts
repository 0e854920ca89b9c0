import { severities } from '../checks/check.ts'
import type { CheckOutcome, Finding, Report } from '../report.ts'
import { bytes, count, moment, plural } from '../words.ts'
import { block, code, join, link, plain, table } from './text.ts'

/** What a reader of ten seconds wants, then every finding with the way to mend it. */
export function summaryPart(report: Report): string {
  const { server, summary, health } = report
  return join(
    `# Report on database ${plain(server.database)}`,
    `Looked at ${moment(report.generated_at)} as role ${code(server.role)}${server.in_recovery ? ', on a standby' : ''}.`,
    server.database_comment && plain(server.database_comment),
    table(
      ['', ''],
      [
        ['Health', scoreOf(report)],
        ['Findings', severities.map(s => `${summary.by_severity[s]} ${s}`).join(', ')],
        ['Server', `PostgreSQL ${plain(server.version)}${timescaleOf(report)}`],
        ['Running since', moment(server.started_at)],
        ['Size', bytes(summary.bytes)],
        [
          'Contents',
          [
            plural(summary.tables, 'table'),
            summary.hypertables > 0 &&
              `${plural(summary.hypertables, 'hypertable')} with ${plural(summary.chunks, 'chunk')} among them`,
            summary.continuous_aggregates > 0 &&
              plural(summary.continuous_aggregates, 'continuous aggregate'),
            plural(summary.views, 'view'),
            plural(summary.indexes, 'index', 'indexes'),
            `about ${count(summary.rows)} rows`,
          ]
            .filter(Boolean)
            .join(', '),
        ],
        ['Encoding, collation', `${plain(server.encoding)}, ${plain(server.collation)}`],
        ['Statistics since', server.statistics_since === null ? 'always' : moment(server.statistics_since)],
      ],
    ),
    health.deductions.length > 0 &&
      join(
        '### Where the points went',
        table(
          ['check', '', 'findings', 'points'],
          health.deductions.map(d => [d.check, plain(d.title), count(d.findings), `−${d.points}`]),
          ['findings', 'points'],
        ),
      ),
    findingsPart(report),
    report.not_measured.length > 0 &&
      join(
        '## Not measured',
        report.not_measured.map(({ what, why }) => `- **${plain(what)}**: ${plain(why)}`).join('\n'),
      ),
  )
}

export function scoreOf({ health }: Report): string {
  const coverage = `${health.assessed} of ${health.of} checks assessed`
  return health.score === null
    ? `n/a (${plain(health.why_none ?? '')})`
    : `**${health.score} of 100** (${coverage})`
}

const timescaleOf = ({ server }: Report): string =>
  server.timescaledb_version === null
    ? ', without TimescaleDB'
    : `, TimescaleDB ${plain(server.timescaledb_version)} (${server.timescaledb_license === 'apache' ? 'Apache' : 'Community'} edition)`

function findingsPart({ findings, checks, relations }: Report): string {
  if (findings.length === 0) return join('## Findings', 'None.')
  const known = new Set(relations.map(({ id }) => id))
  const byCheck = new Map<string, Finding[]>()
  for (const finding of findings) byCheck.set(finding.check, [...(byCheck.get(finding.check) ?? []), finding])
  const parts = [...byCheck].map(([number, found]) => {
    const check = checks.find(one => one.number === number)
    return check === undefined ? '' : checkFindings(check, found, known)
  })
  return join('## Findings', ...parts)
}

const shownSql = 25

function checkFindings(check: CheckOutcome, found: readonly Finding[], known: ReadonlySet<string>): string {
  const sql = found.flatMap(one => one.sql ?? [])
  return join(
    `### ${found[0]?.severity ?? check.severity}: ${plain(check.title)} (${check.number})`,
    `${plain(check.why)}`,
    found.map(one => `- ${objectOf(one, known)}${one.object ? ': ' : ''}${plain(one.reason)}`).join('\n'),
    `How to mend it: ${plain(check.mend)}`,
    sql.length > 0 && block(sql.slice(0, shownSql).join('\n'), 'sql'),
    sql.length > shownSql && `${plural(sql.length - shownSql, 'more command')} in report.json.`,
  )
}

/** A link where the relation has a place in the report: functions, roles and what is left out have none. */
function objectOf({ object, relation }: Finding, known: ReadonlySet<string>): string {
  const of = (id: string): string => (known.has(id) ? link(id) : plain(id))
  if (relation === null || relation === object) return of(object)
  return `${plain(object)} (${of(relation)})`
}
