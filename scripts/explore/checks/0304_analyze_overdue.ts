import { check } from './check.ts'
import { isOwnTable } from './tables.ts'
import { plural, toTheMinute } from './words.ts'

export const analyzeOverdue = check({
  number: '0304',
  name: 'analyze_overdue',
  title: 'Statistics from before the last large change',
  severity: 'notice',
  why: 'The planner decides by the statistics of a table which way to its rows is the shortest. After a large change they tell of a table that is no more, and it takes detours.',
  mend: 'Run ANALYZE: it reads a sample, and disturbs nobody. Autovacuum should have done it: wait a moment after a large change, and look again. If it stays so, see whether it is switched off for the table.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-STATISTICS',
  needs: ['relations'],
  thresholds: {
    rows: { default: 10_000, unit: 'rows', meaning: 'fewer changed rows do not matter' },
  },
  find({ relations }, limits) {
    return relations.filter(isOwnTable).flatMap(({ id, usage, analyze_due, never_analyzed }) => {
      // What was never analysed is a check of its own.
      if (usage === null || analyze_due <= never_analyzed) return []
      const { changed_since_analyze: changed, last_analyze } = usage
      if (changed < limits.rows) return []
      const last = last_analyze === null ? '' : ` Last analyzed ${toTheMinute(last_analyze)}.`
      return [
        {
          object: id,
          reason: `${plural(changed, 'row')} changed since the last ANALYZE, which is above the threshold of autovacuum.${last}`,
          sql: `ANALYZE ${id};`,
          worth: changed,
        },
      ]
    })
  },
})
