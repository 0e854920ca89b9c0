import type { ConstraintFacts, IndexFacts, RelationFacts } from '../facts.ts'
import { quoteIdents } from './words.ts'

/** What the checks of tables and indexes share. */

/** Tables that somebody made here: not views, not what an extension brought along. */
export const isOwnTable = ({ kind, extension }: RelationFacts): boolean =>
  ['table', 'partitioned table', 'hypertable'].includes(kind) && extension === null

export const byOid = <R extends { oid: number }>(rows: readonly R[]): Map<number, R> =>
  new Map(rows.map(row => [row.oid, row]))

export const groupBy = <R, K>(rows: readonly R[], key: (row: R) => K): Map<K, R[]> => {
  const groups = new Map<K, R[]>()
  for (const row of rows) {
    const group = groups.get(key(row))
    if (group) group.push(row)
    else groups.set(key(row), [row])
  }
  return groups
}

/**
 * Nothing is bound to it: it could go, and only reads would notice. An index that CLUSTER sorts a table by, or that
 * logical replication tells rows apart by, is of use without a single read.
 */
export const isMereAid = (index: IndexFacts): boolean =>
  index.valid &&
  !index.building &&
  !index.primary &&
  !index.exclusion &&
  index.constraint === null &&
  !index.replica_identity &&
  !index.clustered &&
  index.extension === null

/** Those of GIN and BRIN cannot find the one row that a foreign key asks for. */
const findsRows = ['btree', 'hash', 'gist', 'spgist']

/** Its first columns are those of the key, in any order, and it has every row. */
export const supports = (index: IndexFacts, { columns }: ConstraintFacts): boolean => {
  const first = index.key.slice(0, columns.length)
  return (
    index.valid &&
    index.predicate === null &&
    findsRows.includes(index.method) &&
    first.length === columns.length &&
    columns.every(column => first.includes(column))
  )
}

/** Partitioned tables and hypertables have their indexes made and dropped as a whole. */
const inParts = ({ kind }: RelationFacts): boolean => kind !== 'table' && kind !== 'materialized view'

export const dropIndex = (index: IndexFacts, relation: RelationFacts): string =>
  `DROP INDEX ${inParts(relation) ? '' : 'CONCURRENTLY '}${index.id};`

/** Of a partitioned table the server shows how to make it without those of the partitions. */
export const definition = (index: IndexFacts): string => index.definition.replace(' ON ONLY ', ' ON ')

/** https://www.tigerdata.com/docs/api/latest/hypertable/create_index */
export const createIndex = (relation: RelationFacts, columns: readonly string[]): string => {
  const on = `ON ${relation.id} (${quoteIdents(columns)})`
  if (relation.kind === 'hypertable') return `CREATE INDEX ${on} WITH (timescaledb.transaction_per_chunk);`
  return `CREATE INDEX ${inParts(relation) ? '' : 'CONCURRENTLY '}${on};`
}
