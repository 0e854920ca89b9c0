import type { Relation, Report } from '../report.ts'
import { compare } from '../words.ts'

/** How two relations belong together: one for each pair and kind, however many foreign keys there are between them. */
export type Link = {
  /** The one that refers, reads or inherits. */
  from: string
  to: string
  kind: LinkKind
  /** What it is made of, for people: the columns of each foreign key. */
  labels: string[]
  /** Of foreign keys: whether several rows may refer to one. */
  many: boolean
  /** Of foreign keys: whether a row may refer to none. */
  optional: boolean
}
export type LinkKind = 'foreign key' | 'aggregates' | 'reads' | 'inherits'

export type Graph = {
  /** By id, in the order of the report. Those of extensions are not part of it. */
  relations: ReadonlyMap<string, Relation>
  /** In order of both ends. */
  links: readonly Link[]
  /** Links at each relation, by its id. */
  linksOf: ReadonlyMap<string, readonly Link[]>
}

/** Some of a graph, to be drawn. `note` says what is left out. */
export type Selection = { ids: string[]; links: Link[]; note: string | null }

export { compare }

/** “1 table”, “2,000 tables”. */
export const count = (number: number, one: string, several = `${one}s`): string =>
  `${number.toLocaleString('en-US')} ${number === 1 ? one : several}`

/** Foreign keys, what views and continuous aggregates read, and plain inheritance. Pure. */
export function graphOf(report: Pick<Report, 'relations'>): Graph {
  const relations = new Map(
    report.relations.filter(({ extension }) => extension === null).map(relation => [relation.id, relation]),
  )
  const links = new Map<string, Link>()
  const add = (link: Link): void => {
    if (!relations.has(link.to)) return
    const key = JSON.stringify([link.from, link.to])
    const before = links.get(key)
    // The first kind wins: foreign keys come first, and a continuous aggregate also “uses” its hypertable.
    if (before === undefined) links.set(key, link)
    else if (before.kind === link.kind) {
      before.labels.push(...link.labels)
      before.many ||= link.many
      before.optional ||= link.optional
    }
  }
  for (const relation of relations.values()) for (const link of linksFrom(relation)) add(link)
  const sorted = [...links.values()].sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to))
  const linksOf = new Map<string, Link[]>([...relations.keys()].map(id => [id, []]))
  for (const link of sorted) {
    linksOf.get(link.from)?.push(link)
    if (link.to !== link.from) linksOf.get(link.to)?.push(link)
  }
  return { relations, links: sorted, linksOf }
}

function* linksFrom(relation: Relation): Generator<Link> {
  const from = relation.id
  const nullable = new Set(relation.columns.filter(column => !column.not_null).map(({ name }) => name))
  const keys = relation.constraints.filter(({ kind }) => kind === 'primary key' || kind === 'unique')
  for (const { kind, columns, references } of relation.constraints) {
    if (kind !== 'foreign key' || references === null) continue
    const alone = keys.some(key => key.columns.every(name => columns.includes(name)))
    yield {
      from,
      to: references.id,
      kind: 'foreign key',
      labels: [`${columns.join(', ')} → ${references.columns.join(', ')}`],
      many: !alone,
      optional: columns.some(name => nullable.has(name)),
    }
  }
  const other = { from, labels: [], many: false, optional: false }
  if (relation.continuous_aggregate) {
    yield { ...other, labels: [], to: relation.continuous_aggregate.source, kind: 'aggregates' }
  }
  for (const to of relation.uses) if (to !== from) yield { ...other, labels: [], to, kind: 'reads' }
  for (const to of relation.inherits) yield { ...other, labels: [], to, kind: 'inherits' }
}
