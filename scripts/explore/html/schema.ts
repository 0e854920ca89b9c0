import type { SchemaFacts } from '../facts.ts'
import type { Relation, Report } from '../report.ts'
import { type Html, html, raw } from './escape.ts'
import { by, facts, later, relationLink, table } from './markup.ts'
import { isStored, relation, type Surroundings } from './relation.ts'
import { bytes, count, plural, shorten } from './values.ts'

export type SchemaPart = { name: string; anchor: string; facts: SchemaFacts | null; relations: Relation[] }

/** Schemas with relations, by name. The anchor counts them: nothing but this page links there. */
export function schemaParts({ schemas, relations }: Report): SchemaPart[] {
  const by = new Map<string, Relation[]>()
  for (const one of relations) {
    const all = by.get(one.schema)
    if (all) all.push(one)
    else by.set(one.schema, [one])
  }
  return [...by].map(([name, all], i) => ({
    name,
    anchor: `schema-${i + 1}`,
    facts: schemas.find(one => one.name === name) ?? null,
    relations: all,
  }))
}

/** In pieces, for the whole may be large. */
export function* schemaSection(parts: readonly SchemaPart[], around: Surroundings): Iterable<string> {
  if (parts.length === 0) return
  yield '<section id="schema" aria-labelledby="schema-title"><h2 id="schema-title">Schema</h2>\n'
  for (const part of parts) {
    yield html`<section class="schema" id="${part.anchor}"><h3>Schema <code>${part.name}</code></h3>${head(part, around)}<div class="relations">`
      .html
    for (const one of part.relations) yield relation(one, around).html
    yield '</div></section>\n'
  }
  yield '</section>\n'
}

function head(
  { name, facts: about, relations }: SchemaPart,
  { diagrams, findings, deferred }: Surroundings,
): Html {
  const diagram = Object.hasOwn(diagrams.schemas, name) ? diagrams.schemas[name] : undefined
  return html`${about?.comment && html`<p class="purpose">${about.comment}</p>`}${
    about &&
    facts([
      ['Owner', about.owner],
      ['Grants', about.grants.length > 0 && about.grants.join(', ')],
      ['Extension', about.extension],
    ])
  }<details class="overview"><summary>All ${plural(relations.length, 'relation')} in a table</summary>${later(
    deferred,
    table({
      caption: `Relations of ${name}`,
      headings: ['Name', 'Kind', 'Rows#', 'Size#', 'Indexes#', 'Columns#', 'Findings#', 'Purpose'],
      rows: relations.map(one => [
        relationLink(one.id),
        one.kind,
        by(one.rows, isStored(one) ? count(one.rows, 'unknown') : html``),
        isStored(one) ? by(one.total_bytes, bytes(one.total_bytes)) : by(null, html``),
        by(one.indexes.length, count(one.indexes.length)),
        by(one.columns.length, count(one.columns.length)),
        by(findings.get(one.id)?.length ?? 0, count(findings.get(one.id)?.length ?? 0)),
        one.purpose && shorten(one.purpose.text, 120),
      ]),
    }),
  )}</details>${
    diagram &&
    html`<details class="overview"><summary>Diagram of this schema</summary>${later(
      deferred,
      html`<figure class="diagram">${raw(diagram.svg)}${diagram.note !== null && html`<figcaption>${diagram.note}</figcaption>`}</figure>`,
    )}</details>`
  }`
}
