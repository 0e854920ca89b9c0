import { formatBytes } from '../../terminal/format.ts'
import type { IndexFacts } from '../facts.ts'
import { check } from './check.ts'
import { byOid, definition, dropIndex, groupBy, isMereAid } from './tables.ts'
import { comment } from './words.ts'

export const indexCoveredByPrefix = check({
  number: '0203',
  name: 'index_covered_by_prefix',
  title: 'Index that is the beginning of another',
  severity: 'notice',
  why: 'An index over a and b finds everything that one over a alone finds. The shorter one is smaller and a little faster to read, and every write pays for it.',
  mend: 'Drop the shorter one, unless it is much smaller than the other and read very often. It is weaker advice than that of two indexes that are the same: compare the times of your statements before and after.',
  source: 'https://www.postgresql.org/docs/current/indexes-multicolumn.html',
  needs: ['relations', 'indexes'],
  thresholds: {
    bytes: { default: 1024 ** 2, unit: 'bytes', meaning: 'smaller indexes are not worth the time' },
  },
  find({ relations, indexes }, limits) {
    const indexesOf = groupBy(indexes, index => index.relation)
    const relation = byOid(relations)
    return indexes.flatMap(index => {
      const table = relation.get(index.relation)
      if (!table || table.extension !== null || index.unique || !isMereAid(index)) return []
      if (index.bytes < limits.bytes) return []
      const [other] = (indexesOf.get(index.relation) ?? [])
        .filter(longer => covers(longer, index))
        .sort((a, b) => b.key.length - a.key.length || (a.id < b.id ? -1 : 1))
      if (!other) return []
      return [
        {
          object: index.id,
          relation: table.id,
          reason: `${other.id} begins with the same columns: ${formatBytes(index.bytes)}, where the longer one has ${formatBytes(other.bytes)}.`,
          sql: `${dropIndex(index, table)}\n${comment(`To have it back: ${definition(index)};`)}`,
          worth: index.bytes,
        },
      ]
    })
  },
})

/** Only a B-tree is in an order that begins somewhere. Two that are the same are another check's matter. */
const covers = (longer: IndexFacts, index: IndexFacts): boolean =>
  longer.oid !== index.oid &&
  longer.valid &&
  !longer.building &&
  longer.method === 'btree' &&
  index.method === 'btree' &&
  longer.predicate === index.predicate &&
  longer.signature !== index.signature &&
  index.key_signatures.every((key, i) => longer.key_signatures[i] === key) &&
  index.include.every(column => longer.include.includes(column) || longer.key.includes(column)) &&
  (longer.key.length > index.key.length || longer.unique || longer.include.length > index.include.length)
