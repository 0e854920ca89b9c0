import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Diagrams } from '../diagram/diagrams.ts'
import { legend } from '../diagram/line.ts'
import type { Finding, Report } from '../report.ts'
import * as catalog from './catalog.ts'
import { checkTable } from './checks.ts'
import { changes } from './drift.ts'
import { escapeJson, type Html, html, raw } from './escape.ts'
import { findings } from './findings.ts'
import { section } from './markup.ts'
import { type NavigationEntry, navigation } from './navigation.ts'
import { performance } from './performance.ts'
import { schemaParts, schemaSection } from './schema.ts'
import { searchData } from './search_data.ts'
import { serverParts } from './server.ts'
import { notMeasured, summary } from './summary.ts'
import { timescale } from './timescale.ts'
import { momentText } from './values.ts'

/** From so many relations on, their details become elements only when they are opened. */
const many = 400

/** One file that needs nothing but itself. The same report and diagrams give the same bytes. */
export const renderHtml = (report: Report, diagrams: Diagrams): string =>
  [...htmlPieces(report, diagrams)].join('')

/** The same in pieces, for whoever writes them to a file one after the other. */
export function* htmlPieces(report: Report, diagrams: Diagrams): Iterable<string> {
  const deferred = report.relations.length > many
  const known = new Set(report.relations.map(({ id }) => id))
  const parts = schemaParts(report)
  const before: Html[] = [
    section('summary', 'Summary', summary(report)),
    section('findings', 'Findings', findings(report, known, deferred)),
    section('not-measured', 'Not measured', notMeasured(report)),
    section('changes', 'Changes', changes(report, known)),
    section('timescaledb', 'TimescaleDB', timescale(report, known)),
    section('performance', 'Performance', html`${performance(report)}${serverParts(report)}`),
    section('diagram', 'Diagram', overview(diagrams)),
  ]
  const after: Html[] = [
    section('functions', 'Functions', catalog.functions(report)),
    section('types', 'Types', catalog.types(report)),
    section('sequences', 'Sequences', catalog.sequences(report, known)),
    section('extensions', 'Extensions', catalog.extensions(report)),
    section('roles', 'Roles', catalog.roles(report)),
    section('checks', 'Checks', checkTable(report)),
  ]
  const there = (all: readonly Html[]) => all.flatMap(({ html: markup }) => entry(markup))
  yield head(report)
  yield navigation(there(before), parts, there(after)).html
  yield '<main id="content" tabindex="-1">\n'
  for (const one of before) yield one.html
  const around = { known, findings: byRelation(report.findings), diagrams, deferred }
  yield* schemaSection(parts, around)
  for (const one of after) yield one.html
  yield foot(report).html
}

function byRelation(all: readonly Finding[]): Map<string, Finding[]> {
  const map = new Map<string, Finding[]>()
  for (const one of all) {
    if (one.relation === null) continue
    const group = map.get(one.relation)
    if (group) group.push(one)
    else map.set(one.relation, [one])
  }
  return map
}

/** The section's own words, so that the sidebar lists what is there and nothing else. */
function entry(markup: string): NavigationEntry[] {
  const found = /^<section id="([\w-]+)"[^>]*><h2[^>]*>([^<]*)</.exec(markup)
  return found?.[1] && found[2] ? [{ anchor: found[1], title: found[2] }] : []
}

const overview = ({ overview: one, notes }: Diagrams): Html =>
  html`${
    one &&
    html`<figure class="diagram"><figcaption>${one.note !== null && `${one.note} `}${legend}</figcaption>${raw(one.svg)}</figure>`
  }${notes.map(note => html`<p class="note">${note}</p>`)}`

/** In the order in which they count: later ones win. */
const styles = [
  'theme',
  'page',
  'bar',
  'sidebar',
  'report',
  'findings',
  'tables',
  'details',
  'pictures',
  'narrow',
  'print',
]

const beside = (name: string): string => readFileSync(join(import.meta.dirname, name), 'utf8')

function head(report: Report): string {
  const script = beside('client.js')
  const hash = createHash('sha256').update(script).digest('base64')
  // Styles may stand in the diagrams; they can load nothing, for nothing may be loaded.
  const policy = `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`
  const { database } = report.server
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${database} – database report</title>
<style>${raw(styles.map(name => beside(`style/${name}.css`)).join(''))}</style>
<script>${raw(script)}</script>
</head>
<body>
<a class="skip" href="#content">Skip to the report</a>
<header class="bar"><div class="name"><h1>${database}</h1> <small>${momentText(report.generated_at)}</small></div>
<search class="search" hidden><label class="visually-hidden" for="query">Search schema, table, column</label><input id="query" type="search" role="combobox" placeholder="Search schema.table.column" autocomplete="off" spellcheck="false" aria-expanded="false" aria-controls="results" aria-autocomplete="list" aria-keyshortcuts="/"><kbd aria-hidden="true">/</kbd><ul id="results" role="listbox" aria-label="Found" hidden></ul></search>
<button type="button" class="theme" aria-pressed="false" hidden>Dark</button></header>
<p id="status" class="visually-hidden" role="status"></p>
<script type="application/json" id="data">${raw(escapeJson(searchData(report)))}</script>
`.html
}

const foot = ({ server, generated_at }: Report): Html => html`</main>
<footer>Report of ${server.database}, PostgreSQL ${server.version}, made at ${momentText(generated_at)}. All moments are in UTC.</footer>
</body>
</html>
`
