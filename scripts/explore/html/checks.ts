import type { CheckOutcome, Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { table } from './markup.ts'

export const checkTable = ({ checks }: Report): Html =>
  table({
    caption: 'Every check, by number',
    headings: ['Number', 'Check', 'Severity', 'Outcome', 'Source'],
    rows: checks.map(one => [
      one.number,
      html`${one.findings > 0 ? html`<a href="#found-${one.number}">${one.title}</a>` : one.title}<br><small>${one.why}</small>`,
      one.severity,
      outcome(one),
      source(one.source),
    ]),
  })

const outcome = ({ outcome: word, reason, findings }: CheckOutcome): Html =>
  html`<span class="outcome ${word.replace(' ', '-')}">${word === 'found' ? `found ${findings}` : word}</span>${
    reason !== null && html`<br><small>${reason}</small>`
  }`

/** The only links that lead out of the file; a browser follows them when they are clicked and not before. */
function source(address: string): Html {
  const [, host] = /^https:\/\/([\w.-]+)(?:\/[^\s"<>]*)?$/.exec(address) ?? []
  return host ? html`<a href="${address}" rel="noreferrer noopener">${host}</a>` : html`${address}`
}
