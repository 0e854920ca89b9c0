import { formatBytes } from '../../terminal/format.ts'
import type { IndexFacts, RelationFacts } from '../facts.ts'
import { check } from './check.ts'
import { byOid, definition, dropIndex } from './tables.ts'
import { comment } from './words.ts'

export const invalidIndex = check({
  number: '0205',
  name: 'invalid_index',
  title: 'Index that was never finished',
  severity: 'warning',
  why: 'A CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY was interrupted or failed, and left its index behind. No statement may read it, every write still pays for it, and a unique one keeps nothing unique.',
  mend: 'Drop it, or build it anew. A unique index that failed did so because of doubles: find those first. Of a hypertable it is dropped and created again: REINDEX does not know such indexes.',
  source: 'https://www.postgresql.org/docs/current/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY',
  needs: ['server', 'relations', 'indexes'],
  find({ server, relations, indexes }) {
    const relation = byOid(relations)
    const invalid = indexes.flatMap(index => {
      const table = relation.get(index.relation)
      // One of a partitioned table is invalid until each partition has its own: that is how it is made bit by bit.
      if (index.valid || index.building || !table || table.kind === 'partitioned table') return []
      return [
        {
          object: index.id,
          relation: table.id,
          reason: `Index ${index.id} of ${table.id} (${formatBytes(index.bytes)}) is not valid, and nobody is building it.${
            table.kind === 'hypertable' ? ' Some of its chunks may be without it.' : ''
          }`,
          sql: mend(index, table),
          worth: index.bytes,
        },
      ]
    })
    if (invalid.length > 0 && !server.reads_all_statistics)
      return {
        not_assessed: `Role ${server.role} does not see whether somebody is building an index just now. GRANT pg_monitor TO ${server.role} shows it.`,
      }
    return invalid
  },
})

/** What REINDEX CONCURRENTLY was to put in the place of another, or had already taken out. */
const leftover = /_cc(new|old)\d*$/

function mend(index: IndexFacts, table: RelationFacts): string {
  if (leftover.test(index.name)) return dropIndex(index, table)
  if (table.kind === 'table' || table.kind === 'materialized view')
    return `REINDEX INDEX CONCURRENTLY ${index.id};\n${comment(`Or: DROP INDEX CONCURRENTLY ${index.id};`)}`
  return `${dropIndex(index, table)}\n${comment('Then create it again:')}\n${definition(index)};`
}
