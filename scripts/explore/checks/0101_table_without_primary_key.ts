import type { RelationFacts } from '../facts.ts'
import { check } from './check.ts'
import { groupBy, isOwnTable } from './tables.ts'
import { comment } from './words.ts'

export const tableWithoutPrimaryKey = check({
  number: '0101',
  name: 'table_without_primary_key',
  title: 'Table without a primary key',
  severity: 'warning',
  why: 'Nothing tells two rows apart: the same row can be stored twice, one of the two cannot be corrected or deleted without the other, and logical replication cannot pass on updates and deletes.',
  mend: 'Choose the columns whose values say which row is meant, and make them the primary key. Where there are none, add a column that numbers the rows. In a hypertable the time column has to be one of them.',
  source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS',
  needs: ['relations', 'columns', 'indexes'],
  find({ relations, columns, indexes }) {
    const withId = new Set(columns.filter(({ name }) => name === 'id').map(({ oid }) => oid))
    const required = new Set(columns.filter(c => c.not_null).map(c => `${c.oid} ${c.name}`))
    const indexesOf = groupBy(indexes, index => index.relation)
    return relations
      .filter(isOwnTable)
      .filter(({ oid, kind }) => {
        const keys = (indexesOf.get(oid) ?? []).filter(i => i.unique && i.valid && i.predicate === null)
        const tellsApart = (key: (string | null)[]) => key.every(name => required.has(`${oid} ${name}`))
        // A unique index over columns that are never NULL does what a primary key does.
        return !keys.some(({ primary, key }) => primary || kind === 'hypertable' || tellsApart(key))
      })
      .map(table => ({
        object: table.id,
        worth: table.total_bytes,
        ...(table.kind === 'hypertable' && { severity: 'notice' as const }),
        reason:
          table.kind === 'hypertable'
            ? `Hypertable ${table.id} has neither a primary key nor a unique index: a measurement that is sent twice is stored twice.`
            : `Table ${table.id} has no primary key, nor a unique index over columns that are never NULL.`,
        sql: mend(table, withId.has(table.oid)),
      }))
  },
})

function mend({ id, kind, partition_key }: RelationFacts, hasId: boolean): string {
  const dots = 'Put the columns that tell two rows apart in the place of the dots'
  if (kind === 'hypertable')
    return comment(`${dots}; the time is one of them:\nCREATE UNIQUE INDEX ON ${id} (…);`)
  if (kind === 'partitioned table')
    return comment(
      `${dots}; those of ${partition_key ?? 'the partition key'} are among them:\nALTER TABLE ${id} ADD PRIMARY KEY (…);`,
    )
  return hasId
    ? `${comment('It fails where two rows have the same id, or one has none: correct those first.')}\nALTER TABLE ${id} ADD PRIMARY KEY (id);`
    : `${comment('Better: a column that tells the rows apart already.')}\nALTER TABLE ${id} ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;`
}
