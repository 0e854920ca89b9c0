import { formatBytes } from '../../terminal/format.ts'
import type { ConstraintFacts, IndexFacts } from '../facts.ts'
import { check } from './check.ts'
import { byOid, definition, dropIndex, groupBy, isMereAid, supports } from './tables.ts'
import { comment, plural } from './words.ts'

export const unusedIndex = check({
  number: '0201',
  name: 'unused_index',
  title: 'Index that nothing reads',
  severity: 'notice',
  why: 'Every write to the table also writes to its indexes. One that nothing ever reads costs time and disk, makes backups larger, and gives nothing.',
  mend: 'Drop it, when you are sure that nothing needs it once a quarter or once a year. Each server counts its own reads: where there are standbys, look at their reports as well. Keep its definition: it can be made again at any time.',
  source: 'https://wiki.postgresql.org/wiki/Index_Maintenance',
  needs: ['server', 'relations', 'indexes', 'constraints'],
  thresholds: {
    days: { default: 35, unit: 'days', meaning: 'statistics younger than this say too little' },
    bytes: { default: 1024 ** 2, unit: 'bytes', meaning: 'smaller indexes are not worth the time' },
  },
  find({ server, relations, indexes, constraints }, limits, now) {
    const since = server.statistics_since
    if (since === null) return { not_assessed: 'It is not known since when this database counts reads.' }
    const days = (now.getTime() - Date.parse(since)) / 86_400_000
    if (days < limits.days)
      return {
        not_assessed: `Insufficient data: the statistics of this database began ${plural(Math.floor(days), 'day')} ago, and ${plural(limits.days, 'day')} are needed to say that nothing reads an index.`,
      }
    const table = byOid(relations)
    const unread = indexes.filter(
      index =>
        isMereAid(index) &&
        !index.unique &&
        index.scans === 0 &&
        index.bytes >= limits.bytes &&
        table.get(index.relation)?.extension === null &&
        // TimescaleDB makes those of a continuous aggregate by itself, and the refresh may need them.
        table.get(index.relation)?.kind !== 'continuous aggregate',
    )
    const kept = forForeignKeys(new Set(unread), indexes, constraints)
    return unread
      .filter(index => !kept.has(index))
      .flatMap(index => {
        const relation = table.get(index.relation)
        if (!relation) return []
        const ifs = [
          relation.kind === 'hypertable' ? ' Reads of chunks that were dropped since are not counted.' : '',
          server.in_recovery ? ' This is a standby: the primary counts its own reads.' : '',
        ]
        return [
          {
            object: index.id,
            relation: relation.id,
            reason: `Not read once in ${plural(Math.floor(days), 'day')}: ${formatBytes(index.bytes)}, on ${relation.id}.${ifs.join('')}`,
            sql: `${dropIndex(index, relation)}\n${comment(`To have it back: ${definition(index)};`)}`,
            worth: index.bytes,
          },
        ]
      })
  },
})

/**
 * An index that deletes and updates of the referenced table need is read by nobody until there are some. Where several
 * could do it, and nothing reads any, the smallest stays.
 */
function forForeignKeys(
  unread: ReadonlySet<IndexFacts>,
  indexes: readonly IndexFacts[],
  constraints: readonly ConstraintFacts[],
): Set<IndexFacts> {
  const indexesOf = groupBy(indexes, index => index.relation)
  const kept = new Set<IndexFacts>()
  for (const constraint of constraints) {
    if (constraint.kind !== 'foreign key') continue
    const able = (indexesOf.get(constraint.relation) ?? []).filter(index => supports(index, constraint))
    if (able.some(index => !unread.has(index) || kept.has(index))) continue
    const [smallest] = able.sort((a, b) => a.bytes - b.bytes || (a.id < b.id ? -1 : 1))
    if (smallest) kept.add(smallest)
  }
  return kept
}
