import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { byOid, createIndex, groupBy, supports } from './tables.ts'
import { enumerate, plural, quoteIdent } from './words.ts'

export const foreignKeyWithoutIndex = check({
  number: '0204',
  name: 'foreign_key_without_index',
  title: 'Foreign key without an index',
  severity: 'notice',
  why: 'When a row of the referenced table is deleted, or its key changed, the server looks for rows that refer to it. Without an index it reads the whole table, for every single row, and holds locks meanwhile. Joins along the key suffer as well.',
  mend: 'Create an index that begins with the columns of the key. It is not worth it for a table that stays small, or where nothing is ever deleted from the referenced one.',
  source: 'https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK',
  needs: ['relations', 'indexes', 'constraints'],
  thresholds: {
    bytes: {
      default: 10 * 1024 ** 2,
      unit: 'bytes',
      meaning: 'a table from this size on, whose referenced table is written to, is a warning',
    },
  },
  find({ relations, indexes, constraints }, limits) {
    const relation = byOid(relations)
    const indexesOf = groupBy(indexes, index => index.relation)
    return constraints.flatMap(constraint => {
      const child = relation.get(constraint.relation)
      if (constraint.kind !== 'foreign key' || !child || child.extension !== null) return []
      if ((indexesOf.get(child.oid) ?? []).some(index => supports(index, constraint))) return []
      const { usage } = relation.get(constraint.references?.oid ?? -1) ?? {}
      const writes = (usage?.deleted ?? 0) + (usage?.updated ?? 0)
      const columns = enumerate(constraint.columns.map(quoteIdent))
      return [
        {
          object: child.id,
          severity:
            writes > 0 && child.table_bytes >= limits.bytes ? ('warning' as const) : ('notice' as const),
          reason: `No index of ${child.id} (${formatBytes(child.table_bytes)}) begins with ${columns}, which refers to ${constraint.references?.id}. ${writes === 0 ? 'No row' : plural(writes, 'row')} ${writes > 1 ? 'were' : 'was'} updated or deleted there.`,
          sql: createIndex(child, constraint.columns),
          worth: child.table_bytes * (1 + writes),
        },
      ]
    })
  },
})
