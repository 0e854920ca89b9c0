import { check } from './check.ts'
import { isOwnTable } from './tables.ts'
import { plural } from './words.ts'

export const neverAnalyzed = check({
  number: '0305',
  name: 'never_analyzed',
  title: 'Table that was never analyzed',
  severity: 'notice',
  why: 'The planner knows nothing of what is in the table, not even how much, and guesses. After a restore of a dump or an upgrade of the server that is so for every table.',
  mend: 'Run ANALYZE: it reads a sample, and disturbs nobody. After a restore or an upgrade run it once for the whole database, without a name.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
  needs: ['relations'],
  thresholds: {
    rows: { default: 100, unit: 'rows', meaning: 'in a smaller table every way is short' },
  },
  find({ relations }, limits) {
    return relations.filter(isOwnTable).flatMap(({ id, parts, usage, never_analyzed }) => {
      const rows = usage?.live_rows ?? 0
      if (never_analyzed === 0 || rows < limits.rows) return []
      const which = parts > 0 ? `${never_analyzed} of its ${plural(parts, 'part')}` : 'It'
      return [
        {
          object: id,
          reason: `${which} ${parts > 0 && never_analyzed > 1 ? 'were' : 'was'} never analyzed; ${plural(rows, 'row')} are in the table.`,
          sql: `ANALYZE ${id};`,
          worth: rows,
        },
      ]
    })
  },
})
