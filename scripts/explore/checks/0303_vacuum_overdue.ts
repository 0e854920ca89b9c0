import { check } from './check.ts'
import { isOwnTable } from './tables.ts'
import { plural, toTheMinute } from './words.ts'

export const vacuumOverdue = check({
  number: '0303',
  name: 'vacuum_overdue',
  title: 'Dead rows that VACUUM has not cleared up',
  severity: 'warning',
  why: 'An UPDATE or DELETE leaves the old row behind, dead, until VACUUM makes its place free. Until then the table and its indexes grow, and every read passes over the dead.',
  mend: 'Run VACUUM. Autovacuum should have: it looks once a minute, so wait a moment after a large change, and look again. If it stays so, it is switched off for the table, too slow for it, or an old transaction keeps the rows alive.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  needs: ['relations'],
  thresholds: {
    rows: { default: 10_000, unit: 'rows', meaning: 'fewer dead rows do not matter' },
  },
  find({ relations }, limits) {
    return relations.filter(isOwnTable).flatMap(({ id, parts, usage, vacuum_due }) => {
      if (usage === null || vacuum_due === 0 || usage.dead_rows < limits.rows) return []
      const { dead_rows, live_rows, last_vacuum } = usage
      const where = parts > 0 ? ` In ${vacuum_due} of its ${plural(parts, 'part')} they are` : ' That is'
      const last =
        last_vacuum === null ? 'It was never vacuumed' : `Last vacuumed ${toTheMinute(last_vacuum)}`
      return [
        {
          object: id,
          reason: `${plural(dead_rows, 'dead row')} beside ${plural(live_rows, 'live one')}.${where} above the threshold of autovacuum. ${last}.`,
          sql: `VACUUM (ANALYZE, VERBOSE) ${id};`,
          worth: dead_rows,
        },
      ]
    })
  },
})
