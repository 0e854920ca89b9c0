import type { CheckCases } from '../case.ts'
import { aggregate, holdJobs, hypertable, runJobs, schedulerRan } from '../timescale_sql.ts'

const needs = 'timescale'
const policy = (end = '1 hour'): string[] => [
  holdJobs,
  aggregate(),
  `SELECT add_continuous_aggregate_policy('hourly', start_offset => NULL, end_offset => interval '${end}', schedule_interval => interval '1 hour')`,
]

export const cases: CheckCases = {
  fires: [
    { title: 'it was never refreshed', needs, sql: [...hypertable(5), ...policy()] },
    {
      title: 'the last refresh was two days ago',
      needs,
      sql: [
        ...hypertable(5),
        ...policy(),
        "CALL refresh_continuous_aggregate('hourly', NULL, now() - interval '2 days')",
      ],
    },
  ],
  quiet: [
    {
      title: 'it was refreshed',
      needs,
      sql: [...hypertable(5), ...policy()],
      arrange: async world => void (await runJobs(world, 'policy_refresh_continuous_aggregate')),
    },
    {
      title: 'the watermark lies in the future',
      needs,
      sql: [...hypertable(5, -10), ...policy(), "CALL refresh_continuous_aggregate('hourly', NULL, NULL)"],
    },
    {
      title: 'no data has come since long: nothing is missing',
      needs,
      sql: [...hypertable(40, 30, '30 days'), ...policy().slice(1)],
      arrange: schedulerRan,
    },
    { title: 'without a policy nothing is promised', needs, sql: [...hypertable(5), aggregate()] },
    {
      title: 'its end_offset leaves the newest days out',
      needs,
      sql: [
        ...hypertable(5),
        ...policy('3 days'),
        "CALL refresh_continuous_aggregate('hourly', NULL, now() - interval '3 days')",
      ],
    },
    { title: 'the source has no rows', needs, sql: [...hypertable(-1, 0), ...policy()] },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
