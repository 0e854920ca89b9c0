import type { Index, Relation, Report } from '../report.ts'
import type { Unused } from './drift.ts'

const day = 86_400_000

/**
 * Indexes that were used before, and not once between the two reports: what a report alone cannot see, because it has
 * only sums. Those that were never used are a finding of every report.
 */
export function unusedSince(
  older: Report,
  newer: Report,
  relations: readonly (readonly [Relation, Relation])[],
): { indexes: Unused[] } | { why: string } {
  const days = (Date.parse(newer.generated_at) - Date.parse(older.generated_at)) / day
  const why = obstacle(older, newer, days)
  if (why !== undefined) return days === 0 ? { indexes: [] } : { why }
  const indexes = relations.flatMap(([was, now]) => {
    const before = new Map(was.indexes.map(index => [index.id, index]))
    return now.indexes.flatMap(index => {
      const then = before.get(index.id)
      if (then?.definition !== index.definition || !isFree(index)) return []
      if (index.scans === null || index.scans === 0 || index.scans !== then.scans) return []
      return [
        {
          index: index.id,
          relation: now.id,
          bytes: index.bytes,
          scans: index.scans,
          days: Math.round(days * 10) / 10,
        },
      ]
    })
  })
  return { indexes: indexes.sort((a, b) => b.bytes - a.bytes || (a.index < b.index ? -1 : 1)) }
}

function obstacle(older: Report, newer: Report, days: number): string | undefined {
  if (older.server.statistics_since !== newer.server.statistics_since)
    return 'The statistics were reset between the two reports.'
  if (
    older.server.in_recovery !== newer.server.in_recovery ||
    older.server.database !== newer.server.database
  )
    return 'The reports are of two servers or databases: each counts for itself.'
  return days < 1
    ? 'The reports are less than a day apart: that an index was not used means little.'
    : undefined
}

/** It could be dropped: nothing but its use speaks for it. */
const isFree = (index: Index): boolean =>
  !index.primary &&
  !index.unique &&
  !index.exclusion &&
  index.constraint === null &&
  !index.replica_identity &&
  index.extension === null &&
  index.valid
