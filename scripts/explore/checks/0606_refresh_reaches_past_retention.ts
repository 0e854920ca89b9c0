import type { ContinuousAggregateFacts, JobFacts } from '../facts.ts'
import { check } from './check.ts'
import { interval, withFullEdition } from './timescale.ts'
import { comment, quoteLiteral } from './words.ts'

type Refresh = NonNullable<ContinuousAggregateFacts['refresh']>

/** NULL is from the beginning. Offsets in units of an integer column are digits. */
function reachesPast(refresh: Refresh, retention: JobFacts): boolean {
  if (refresh.start_offset === null) return true
  if (refresh.start_offset_seconds !== null)
    return retention.after_seconds !== null && refresh.start_offset_seconds > retention.after_seconds
  return Number(refresh.start_offset) > Number(retention.after)
}

function renew(id: string, refresh: Refresh, retention: JobFacts): string {
  const seconds = retention.after_seconds
  const start = seconds === null ? String(Math.floor(Number(retention.after) / 2)) : interval(seconds / 2)
  const end =
    refresh.end_offset_seconds !== null && seconds !== null
      ? interval(Math.min(refresh.end_offset_seconds, seconds / 4))
      : (refresh.end_offset ?? 'NULL')
  return [
    comment(
      `start_offset has to be less than ${retention.after}, by more than the longest time that data comes late.`,
    ),
    `SELECT remove_continuous_aggregate_policy(${quoteLiteral(id)});`,
    `SELECT add_continuous_aggregate_policy(${quoteLiteral(id)}, start_offset => ${start},`,
    `  end_offset => ${end}, schedule_interval => ${interval(refresh.schedule_seconds)});`,
  ].join('\n')
}

export const refreshReachesPastRetention = check({
  number: '0606',
  name: 'refresh_reaches_past_retention',
  title: 'A refresh deletes the history of a continuous aggregate',
  severity: 'critical',
  why: 'The raw rows are dropped after some time, and the refresh reaches further back than that. It finds no rows there any more, and takes away what it had summed up from them: the history that the aggregate was made to keep.',
  mend: 'Let start_offset be less than the drop_after of the source. What is deleted already comes back only from a backup. Where the aggregate need not outlive the raw rows, switch this check off.',
  source:
    'https://www.tigerdata.com/docs/learn/data-lifecycle/data-retention/data-retention-with-continuous-aggregates',
  needs: ['server', 'timescale'],
  find: facts =>
    withFullEdition(facts, ({ continuous_aggregates, jobs }) =>
      continuous_aggregates.flatMap(({ id, source, refresh }) => {
        if (refresh === null) return []
        // Retention by the age of the chunk (drop_created_before) has nothing to do with the time in the rows.
        const retention = jobs.find(
          job =>
            job.kind === 'retention' && job.hypertable === source && job.config?.includes('"drop_after"'),
        )
        if (!retention || !reachesPast(refresh, retention)) return []
        return [
          {
            object: id,
            reason: `Its refresh reaches back ${refresh.start_offset === null ? 'to the beginning (start_offset is NULL)' : refresh.start_offset}, and ${source} drops what is older than ${retention.after}.`,
            sql: renew(id, refresh, retention),
          },
        ]
      }),
    ),
})
