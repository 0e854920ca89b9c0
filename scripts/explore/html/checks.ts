import type { CheckOutcome, Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, table } from './markup.ts'

export const checkTable = ({ checks }: Report): Html =>
  table({
    caption: 'Every check, by number',
    headings: ['Number#', 'Check', 'Severity', 'Outcome', 'Why it matters', 'Source'],
    rows: checks.map(one => [
      by(Number(one.number), html`${one.number}`),
      one.findings > 0 ? html`<a href="#found-${one.number}">${one.title}</a>` : one.title,
      one.severity,
      outcome(one),
      one.why,
      source(one.source),
    ]),
  })

const outcome = ({ outcome: word, reason, findings }: CheckOutcome): Html =>
  html`<span class="outcome ${word.replace(' ', '-')}">${word === 'found' ? `found ${findings}` : word}</span>${
    reason !== null && html`<br><small>${reason}</small>`
  }`

/** The only links that lead out of the file; a browser follows them when they are clicked and not before. */
const source = (address: string): Html =>
  /^https:\/\/[^\s"<>]+$/.test(address)
    ? html`<a href="${address}" rel="noreferrer noopener">${new URL(address).hostname}</a>`
    : html`${address}`
