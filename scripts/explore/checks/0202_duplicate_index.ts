import { formatBytes } from '../../terminal/format.ts'
import type { IndexFacts } from '../facts.ts'
import { check } from './check.ts'
import { byOid, dropIndex, groupBy, isMereAid } from './tables.ts'
import { plural } from './words.ts'

export const duplicateIndex = check({
  number: '0202',
  name: 'duplicate_index',
  title: 'Two indexes that are the same',
  severity: 'warning',
  why: 'They have the same columns in the same order, and the same of everything else. Each write pays for both, and one does all that both could.',
  mend: 'Drop the one that is proposed: it belongs to no constraint, and where none of them does, it is the one that was read less.',
  source: 'https://wiki.postgresql.org/wiki/Index_Maintenance',
  needs: ['relations', 'indexes'],
  find({ relations, indexes }) {
    const relation = byOid(relations)
    // Two exclusion constraints may have the same columns and other operators.
    const alike = groupBy(
      indexes.filter(({ valid, building, exclusion }) => valid && !building && !exclusion),
      index => `${index.relation} ${index.signature}`,
    )
    return [...alike.values()].flatMap(same => {
      const [first] = same
      const table = first && relation.get(first.relation)
      if (!table || table.extension !== null || same.length < 2) return []
      const [kept, ...others] = same.sort(byUse)
      return others.filter(isMereAid).map(index => ({
        object: index.id,
        relation: table.id,
        reason: `It is the same as ${kept?.id}: ${formatBytes(index.bytes)}, read ${plural(index.scans ?? 0, 'time')}; the other was read ${plural(kept?.scans ?? 0, 'time')}.`,
        sql: dropIndex(index, table),
        worth: index.bytes,
      }))
    })
  },
})

/** What has to stay, then what is read most. */
const byUse = (a: IndexFacts, b: IndexFacts): number =>
  Number(isMereAid(a)) - Number(isMereAid(b)) ||
  Number(b.primary) - Number(a.primary) ||
  (b.scans ?? 0) - (a.scans ?? 0) ||
  (a.id < b.id ? -1 : 1)
