import type { CheckCases } from '../case.ts'
import { aggregate, holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'

export const cases: CheckCases = {
  fires: [
    {
      title: 'an aggregate, and one of that aggregate',
      needs,
      sql: [...hypertable(5), aggregate(), aggregate('daily', 'hourly', 't', '1 day')],
    },
  ],
  quiet: [
    { title: 'none', needs, sql: hypertable(5) },
    {
      title: 'a policy',
      needs,
      sql: [
        ...hypertable(5),
        holdJobs,
        aggregate(),
        "SELECT add_continuous_aggregate_policy('hourly', start_offset => NULL, end_offset => NULL, schedule_interval => interval '1 hour')",
      ],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
