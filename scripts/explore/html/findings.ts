import { severities } from '../checks/check.ts'
import type { CheckOutcome, Finding, Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { code, details, later, maybeLink, severityBadge, sql } from './markup.ts'
import { plural } from './values.ts'

/** So many of one check stand open; the rest is one click away. */
const open = 5

/** By severity, then by check: why it matters and how to mend it stand there once, and not beside each index. */
export function findings(report: Report, known: ReadonlySet<string>, deferred: boolean): Html {
  if (report.findings.length === 0)
    return report.health.assessed === 0 ? html`` : html`<p>Nothing was found.</p>`
  const checks = new Map(report.checks.map(check => [check.number, check]))
  const seen = new Set<string>()
  return html`${severities.map(severity => {
    const groups = byCheck(report.findings.filter(one => one.severity === severity))
    if (groups.size === 0) return null
    return html`<h3 class="visually-hidden">${severity}</h3>${[...groups].map(([number, all]) => {
      const id = `found-${number}${seen.has(number) ? `-${severity}` : ''}`
      seen.add(number)
      return group(id, all, checks.get(number), known, deferred)
    })}`
  })}`
}

function byCheck(all: readonly Finding[]): Map<string, Finding[]> {
  const groups = new Map<string, Finding[]>()
  for (const one of all) {
    const group = groups.get(one.check)
    if (group) group.push(one)
    else groups.set(one.check, [one])
  }
  return groups
}

function group(
  id: string,
  all: readonly Finding[],
  check: CheckOutcome | undefined,
  known: ReadonlySet<string>,
  deferred: boolean,
): Html {
  const [first] = all
  if (!first) return html``
  const more = all.slice(open)
  return html`<article class="finding ${first.severity}" id="${id}"><header>${severityBadge(first.severity)}<h4>${first.title}</h4><small>${plural(all.length, 'finding')} · check ${first.check}</small></header>${
    check &&
    html`<div class="advice"><p><b>Why it matters.</b> ${check.why}</p><p><b>How to mend it.</b> ${check.mend}</p></div>`
  }<ul>${all.slice(0, open).map(finding => item(finding, known))}</ul>${
    more.length > 0 &&
    details(
      `${plural(more.length, 'more finding')} of this check`,
      later(deferred, html`<ul>${more.map(finding => item(finding, known))}</ul>`),
    )
  }</article>`
}

function item({ object, relation, reason, sql: mend }: Finding, known: ReadonlySet<string>): Html {
  const about = relation !== null && relation !== object
  return html`<li><p>${object !== '' && html`<b>${known.has(object) ? maybeLink(object, known) : code(object)}</b>`}${
    about && html`${object === '' ? '' : ' of '}${maybeLink(relation, known)}`
  }${(object !== '' || about) && html`<br>`}${reason}</p>${mend !== null && sql(mend)}</li>`
}
