import { type Check, type Found, type Severity, severities } from './checks/check.ts'
import type { FactName, Facts, Gathered } from './facts.ts'
import type { CheckOutcome, Finding, Health } from './report.ts'
import { compare } from './words.ts'

/** What the user has said of a check in explore.yaml: off, or other thresholds. */
export type CheckSettings = Readonly<Record<string, false | Readonly<Record<string, number>>>>

export type Assessment = { findings: Finding[]; checks: CheckOutcome[]; health: Health }

/** Points that the first finding of a check costs; each further one costs a tenth of it, twice the first at the most. */
const points: Record<Severity, number> = { critical: 25, warning: 6, notice: 1 }

/** Runs every check on what was gathered. Pure: the same facts give the same findings in the same order. */
export function assess(
  gathered: Gathered,
  checks: readonly Check[],
  settings: CheckSettings,
  now: Date,
): Assessment {
  const results = checks.map(check => ({ check, ...run(check, gathered, settings[check.number], now) }))
  const found = results.flatMap(({ check, found }) =>
    [...found].sort(byWorth).map(one => ({ check, worth: one.worth ?? 0, finding: finding(check, one) })),
  )
  found.sort(
    (a, b) => rank(a.finding.severity) - rank(b.finding.severity) || compare(a.check.number, b.check.number),
  )
  const outcomes = results.map(({ check, found, outcome, reason }) => ({
    number: check.number,
    name: check.name,
    title: check.title,
    severity: check.severity,
    why: check.why,
    mend: check.mend,
    source: check.source,
    outcome,
    reason,
    findings: found.length,
  }))
  const findings = found.map(({ finding }) => finding)
  return { findings, checks: outcomes, health: health(gathered, outcomes, findings) }
}

type Result = { found: readonly Found[]; outcome: CheckOutcome['outcome']; reason: string | null }

function run(
  check: Check,
  gathered: Gathered,
  settings: CheckSettings[string] | undefined,
  now: Date,
): Result {
  if (settings === false) return { found: [], outcome: 'off', reason: 'Switched off in explore.yaml.' }
  const facts: Partial<Record<FactName, unknown>> = {}
  for (const name of check.needs) {
    const fact = gathered[name]
    if ('not_measured' in fact) return { found: [], outcome: 'not assessed', reason: fact.not_measured }
    facts[name] = fact.value
  }
  const limits = Object.fromEntries(
    Object.entries(check.thresholds ?? {}).map(([name, { default: usual }]) => [
      name,
      settings?.[name] ?? usual,
    ]),
  )
  const result = check.find(facts as Facts, limits, now)
  if ('not_assessed' in result) return { found: [], outcome: 'not assessed', reason: result.not_assessed }
  if ('not_applicable' in result)
    return { found: [], outcome: 'not applicable', reason: result.not_applicable }
  return { found: result, outcome: result.length > 0 ? 'found' : 'passed', reason: null }
}

const finding = (check: Check, { object, reason, sql, severity, relation }: Found): Finding => ({
  check: check.number,
  title: check.title,
  severity: severity ?? check.severity,
  object,
  relation: relation ?? (object === '' ? null : object),
  reason,
  sql: sql ?? null,
})

const rank = (severity: Severity): number => severities.indexOf(severity)
const byWorth = (a: Found, b: Found): number =>
  (b.worth ?? 0) - (a.worth ?? 0) || compare(a.object, b.object) || compare(a.reason, b.reason)

/** Only what was assessed counts, and the coverage is told beside it. */
function health(gathered: Gathered, outcomes: readonly CheckOutcome[], findings: readonly Finding[]): Health {
  const asked = outcomes.filter(({ outcome }) => outcome !== 'off' && outcome !== 'not applicable')
  const assessed = asked.filter(({ outcome }) => outcome !== 'not assessed').length
  const deductions = asked
    .filter(({ outcome }) => outcome === 'found')
    .map(({ number, title, findings: count }) => {
      const worst = findings.find(one => one.check === number)?.severity ?? 'notice'
      const first = points[worst]
      return {
        check: number,
        title,
        points: Math.min(first + ((count - 1) * first) / 10, 2 * first),
        findings: count,
      }
    })
    .sort((a, b) => b.points - a.points || compare(a.check, b.check))
  const { relations } = gathered
  const whyNone = whyNoScore(relations, assessed)
  const score = Math.max(0, Math.round(100 - deductions.reduce((sum, d) => sum + d.points, 0)))
  return { score: whyNone === null ? score : null, why_none: whyNone, assessed, of: asked.length, deductions }
}

function whyNoScore(relations: Gathered['relations'], assessed: number): string | null {
  if ('not_measured' in relations) return relations.not_measured
  if (!relations.value.some(({ kind, extension }) => kind.includes('table') && extension === null))
    return '0 tables'
  return assessed === 0 ? 'no check could be assessed' : null
}
