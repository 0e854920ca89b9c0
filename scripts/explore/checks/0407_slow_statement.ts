import { formatCount, formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { comment } from './words.ts'

/** Work that an application waits for. Backups (COPY), new indexes and maintenance may take their time. */
const isWork = (query: string): boolean =>
  /^\W*(select|with|insert|update|delete|merge|values|table)\b/i.test(query)

export const slowStatement = check({
  number: '0407',
  name: 'slow_statement',
  title: 'Statement that takes long each time',
  severity: 'notice',
  why: 'Somebody waits for it. A statement that is slow and is run often is usually the cheapest thing to make faster in a whole system.',
  mend: 'EXPLAIN (ANALYZE, BUFFERS) with real values shows where the time goes: a table that is read in full, a sort that does not fit into memory, a wrong estimate. Often an index is missing.',
  source: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
  needs: ['statements'],
  thresholds: {
    milliseconds: { default: 1000, unit: 'milliseconds', meaning: 'it takes longer on average' },
    calls: { default: 10, unit: 'calls', meaning: 'it was run at least so often' },
    most: { default: 10, unit: 'statements', meaning: 'no more than these, the most expensive first' },
  },
  find: ({ statements }, { milliseconds, calls, most }) =>
    statements.statements
      .filter(one => one.mean_ms >= milliseconds && one.calls >= calls && isWork(one.query))
      .sort((a, b) => b.total_ms - a.total_ms)
      .slice(0, most)
      .map(one => ({
        object: '',
        reason: `${formatDuration(one.mean_ms / 1000)} on average, run ${formatCount(one.calls)} times, ${formatDuration(one.total_ms / 1000)} in all: ${one.query.replace(/\s+/g, ' ')}`,
        sql: `EXPLAIN (ANALYZE, BUFFERS)\n${comment(`with values in the place of $1, $2: ${one.query}`)}`,
        worth: one.total_ms,
      })),
})
