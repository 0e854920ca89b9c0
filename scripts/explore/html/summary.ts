import { severities } from '../checks/check.ts'
import type { Health, Report } from '../report.ts'
import { type Html, html, type Piece, raw } from './escape.ts'
import { facts } from './markup.ts'
import { bytes, count, missing, moment, plural, severityCount, since } from './values.ts'

export function summary({ server, summary: sum, health, timescaledb, not_measured }: Report): Html {
  const timescale = server.timescaledb_version
    ? `${server.timescaledb_version}${server.timescaledb_license ? ` (${server.timescaledb_license} licence)` : ''}`
    : null
  const tiles: [string, Piece, boolean][] = [
    ['tables', count(sum.tables), true],
    ['hypertables', count(sum.hypertables), timescaledb !== null],
    ['chunks', count(sum.chunks), sum.chunks > 0],
    ['continuous aggregates', count(sum.continuous_aggregates), sum.continuous_aggregates > 0],
    ['views', count(sum.views), sum.views > 0],
    ['indexes', count(sum.indexes), sum.tables > 0],
    ['functions', count(sum.functions), sum.functions > 0],
    ['rows, estimated', count(sum.rows, 'unknown'), sum.tables > 0],
    ['in tables and indexes', bytes(sum.bytes), sum.tables > 0],
  ]
  return html`<div class="top">${healthCard(health)}<div class="card">${facts([
    ['PostgreSQL', server.version],
    ['TimescaleDB', timescale ?? 'not installed'],
    ['Size of the database', bytes(server.database_bytes)],
    ['Seen as', html`${server.role}${server.superuser ? ', a superuser' : ''}`],
    ['Server', server.in_recovery ? 'a standby, in recovery' : 'a primary'],
    ['Running since', moment(server.started_at)],
    ['Statistics since', since(server.statistics_since)],
    ['Memory', server.memory_bytes === null ? null : bytes(server.memory_bytes)],
    ['Encoding, collation', `${server.encoding}, ${server.collation}`],
    ['Comment', server.database_comment],
  ])}</div></div>
<ul class="tiles">${tiles.filter(([, , there]) => there).map(([name, value]) => html`<li><b>${value}</b> ${name}</li>`)}</ul>
<ul class="counts">${severities.map(
    severity =>
      html`<li><a class="badge ${sum.by_severity[severity] === 0 ? 'nothing' : severity}" href="#findings">${severityCount(sum.by_severity[severity], severity)}</a></li>`,
  )}${not_measured.length > 0 && html`<li><a class="badge nothing" href="#not-measured">${plural(not_measured.length, 'thing')} not measured</a></li>`}</ul>`
}

/** More of them would push everything else out of sight. */
const shown = 6

const deductionList = (deductions: Health['deductions']): Html =>
  html`<ul class="deductions">${deductions.map(
    one =>
      html`<li><span class="points">−${Number(one.points.toFixed(1))}</span> <a href="#found-${one.check}">${one.title}</a> <small>${plural(one.findings, 'finding')}</small></li>`,
  )}</ul>`

function healthCard(health: Health): Html {
  const { score, why_none, assessed, of, deductions } = health
  const level = score === null ? 'none' : score >= 80 ? 'good' : score >= 50 ? 'fair' : 'poor'
  const said = score === null ? `n/a (${why_none ?? 'not measured'})` : `${score} of 100`
  return html`<div class="card health">${ring(score, level, said)}<div><h3>Health: ${said}</h3>
<p>${assessed} of ${of} checks assessed${assessed < of ? ': the score counts these alone' : ''}.</p>${
    deductions.length > 0
      ? html`${deductionList(deductions.slice(0, shown))}${
          deductions.length > shown &&
          html`<details class="more"><summary>and ${plural(deductions.length - shown, 'more check')} with findings</summary>${deductionList(deductions.slice(shown))}</details>`
        }`
      : score !== null && html`<p>Nothing was found.</p>`
  }</div></div>`
}

/** A ring of circumference 100, so that the score is the length of its arc. */
const ring = (score: number | null, level: string, said: string): Html =>
  html`<svg class="ring ${level}" viewBox="0 0 40 40" role="img" aria-label="Health score: ${said}"><circle class="track" cx="20" cy="20" r="15.9155"/>${
    score !== null &&
    raw(
      `<circle class="arc" cx="20" cy="20" r="15.9155" stroke-dasharray="${score} 100" transform="rotate(-90 20 20)"/>`,
    )
  }<text x="20" y="20" text-anchor="middle" dominant-baseline="central">${score === null ? 'n/a' : score}</text></svg>`

export const notMeasured = ({ not_measured }: Report): Html =>
  not_measured.length === 0
    ? html``
    : html`<dl class="unmeasured">${not_measured.map(
        ({ what, why }) => html`<div><dt>${what} ${missing()}</dt><dd>${why}</dd></div>`,
      )}</dl>`
