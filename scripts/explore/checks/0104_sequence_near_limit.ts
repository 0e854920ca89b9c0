import type { SequenceFacts } from '../facts.ts'
import { check } from './check.ts'
import { comment, plural, quoteIdent } from './words.ts'

export const sequenceNearLimit = check({
  number: '0104',
  name: 'sequence_near_limit',
  title: 'Sequence that will soon have no more numbers',
  severity: 'warning',
  why: 'At the end of a sequence, or of the type of the column that it numbers, every INSERT fails. A column of type integer ends at 2,147,483,647, and rolled back transactions use up numbers as well.',
  mend: 'Make the column a bigint, those that refer to it too, and the sequence with it. That rewrites the table under a lock; on a large one, add a new column and fill it bit by bit. A sequence that counts back into a used range would give numbers twice: do not restart it.',
  source: 'https://www.postgresql.org/docs/current/sql-createsequence.html',
  needs: ['sequences'],
  thresholds: {
    percent: { default: 75, unit: '%', meaning: 'share of the numbers that are used: a warning' },
    critical_percent: { default: 95, unit: '%', meaning: 'share of the numbers that are used: critical' },
  },
  find({ sequences }, limits) {
    const found = sequences.flatMap(sequence => {
      const { used, cycle, id, last_value, limit, owned_by } = sequence
      if (cycle || used === null || used * 100 < limits.percent) return []
      const { relation, column } = owned_by ?? {}
      return [
        {
          object: id,
          ...(relation ? { relation } : {}),
          severity: used * 100 >= limits.critical_percent ? ('critical' as const) : ('warning' as const),
          reason: `It is at ${last_value} of ${limit}, ${(used * 100).toFixed(1)} % of its numbers${
            relation ? `; it numbers ${relation}.${quoteIdent(column ?? '')}` : ''
          }.`,
          sql: mend(sequence),
          worth: used,
        },
      ]
    })
    const unseen = sequences.filter(({ visible, cycle }) => !visible && !cycle).length
    if (found.length > 0 || unseen === 0) return found
    return {
      not_assessed: `${unseen} of ${plural(sequences.length, 'sequence')} may not be read by this role. GRANT pg_read_all_data shows them.`,
    }
  },
})

function mend({ id, type, limit, increment, owned_by }: SequenceFacts): string {
  const down = increment.startsWith('-')
  const lines: string[] = []
  if (owned_by && owned_by.column_type !== 'bigint' && owned_by.column_type !== 'numeric')
    lines.push(`ALTER TABLE ${owned_by.relation} ALTER COLUMN ${quoteIdent(owned_by.column)} TYPE bigint;`)
  if (type !== 'bigint') lines.push(`ALTER SEQUENCE ${id} AS bigint;`)
  if (!ends.has(limit)) lines.push(`ALTER SEQUENCE ${id} NO ${down ? 'MINVALUE' : 'MAXVALUE'};`)
  return lines.length > 0
    ? lines.join('\n')
    : comment('It counts to the end of bigint. Give it a smaller step, or numbers from elsewhere.')
}

/** Where the types end by themselves. */
const ends = new Set([2n ** 15n, 2n ** 31n, 2n ** 63n].flatMap(end => [String(end - 1n), String(-end)]))
