import type { Constraint, Index, Relation } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, code, maybeLink, table } from './markup.ts'
import { bytes, count, missing, moment } from './values.ts'

export const constraintTable = (all: readonly Constraint[]): Html =>
  table({
    caption: 'Keys and checks',
    headings: ['Name', 'Kind', 'Definition'],
    rows: all.map(one => [
      code(one.name),
      html`${one.kind}${!one.validated && html` <span class="tag">not validated</span>`}${
        one.deferrable && html` <span class="tag">deferrable</span>`
      }`,
      html`${code(one.definition)}${one.comment !== null && html`<br><span class="text">${one.comment}</span>`}`,
    ]),
  })

export const indexTable = (all: readonly Index[]): Html =>
  table({
    caption: 'Indexes',
    headings: ['Index', 'Definition', 'Size#', 'Scans#', 'Rows read#', 'Last scan'],
    rows: all.map(one => [
      html`${code(one.name)}${tags(one).map(tag => html` <span class="tag">${tag}</span>`)}`,
      code(brief(one.definition)),
      by(one.bytes, bytes(one.bytes)),
      by(one.scans, count(one.scans)),
      by(one.rows_read, count(one.rows_read)),
      one.last_scan === null && one.scans !== 0 ? missing('unknown') : moment(one.last_scan),
    ]),
  })

const tags = (one: Index): string[] =>
  [
    one.primary && 'primary key',
    one.unique && !one.primary && 'unique',
    one.exclusion && 'exclusion',
    one.predicate !== null && 'partial',
    one.replica_identity && 'replica identity',
    one.clustered && 'clustered',
    one.building && 'being built',
    !one.valid && !one.building && 'invalid',
    one.parts > 0 && `${one.parts} parts`,
  ].filter(tag => tag !== false)

/** The name and the table stand beside it. What is not as expected stays whole. */
const brief = (definition: string): string => {
  const at = definition.indexOf(' USING ')
  return definition.startsWith('CREATE ') && at > 0 ? definition.slice(at + 1) : definition
}

export function references({ constraints, referenced_by }: Relation, known: ReadonlySet<string>): Html {
  const out = constraints.flatMap(one => (one.references ? [{ ...one, to: one.references }] : []))
  return table({
    caption: 'Foreign keys from and to this table',
    headings: ['Direction', 'Table', 'Columns', 'Foreign key', 'On delete', 'On update'],
    rows: [
      ...out.map(one => [
        'to',
        maybeLink(one.to.id, known),
        code(`${one.columns.join(', ')} → ${one.to.columns.join(', ')}`),
        code(one.name),
        one.on_delete,
        one.on_update,
      ]),
      ...referenced_by.map(one => [
        'from',
        maybeLink(one.id, known),
        code(`${one.columns.join(', ')} → ${one.references.join(', ')}`),
        code(one.constraint),
        '',
        '',
      ]),
    ],
  })
}
