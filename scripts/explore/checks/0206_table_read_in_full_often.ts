import { check } from './check.ts'
import { isOwnTable } from './tables.ts'
import { plural, quoteLiteral } from './words.ts'

export const tableReadInFullOften = check({
  number: '0206',
  name: 'table_read_in_full_often',
  title: 'Large table that is often read from end to end',
  severity: 'notice',
  why: 'A statement that wants a few rows and has no index to find them by reads the whole table. That is slow, and pushes what others need out of memory.',
  mend: 'Find the statements that do it, look at each with EXPLAIN (ANALYZE, BUFFERS), and create an index over the columns that it looks for. Reports that need every row are better served by a materialized view or a continuous aggregate.',
  source: 'https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-PG-STAT-ALL-TABLES-VIEW',
  needs: ['server', 'relations'],
  thresholds: {
    rows: { default: 100_000, unit: 'rows', meaning: 'smaller tables are read faster than an index' },
    per_day: { default: 10, unit: 'times a day', meaning: 'read in full more often is often' },
  },
  find({ server, relations }, limits, now) {
    const since = server.statistics_since ?? server.started_at
    const days = Math.max(1, (now.getTime() - Date.parse(since)) / 86_400_000)
    return relations.filter(isOwnTable).flatMap(({ id, name, rows, usage }) => {
      if (rows === null || usage === null || rows < Math.max(limits.rows, 1)) return []
      // Of a table in parts each part is a scan of its own: the rows say how often it was all of it.
      const times = usage.seq_rows / rows
      if (times / days < limits.per_day || usage.seq_rows < usage.index_rows) return []
      const share = (100 * usage.seq_rows) / (usage.seq_rows + usage.index_rows)
      return [
        {
          object: id,
          reason: `${plural(rows, 'row')}, read from end to end ${plural(Math.floor(times), 'time')} in ${plural(Math.ceil(days), 'day')}; ${share.toFixed(0)} % of the rows that were read of it were read so.`,
          sql: [
            '-- Where the extension pg_stat_statements is installed, this shows the statements:',
            'SELECT calls, round(mean_exec_time) AS milliseconds, rows / calls AS rows, query FROM pg_stat_statements',
            `  WHERE strpos(query, ${quoteLiteral(name)}) > 0 ORDER BY total_exec_time DESC LIMIT 10;`,
          ].join('\n'),
          worth: usage.seq_rows,
        },
      ]
    })
  },
})
