import type { CheckCases } from '../case.ts'
import { aggregate, holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'
const refresh = (start: string, name = 'hourly'): string =>
  `SELECT add_continuous_aggregate_policy('${name}', start_offset => ${start}, end_offset => interval '1 hour', schedule_interval => interval '1 hour')`
const basis = [...hypertable(5), holdJobs, aggregate()]
const retention = (of: string, after = "drop_after => interval '30 days'"): string =>
  `SELECT add_retention_policy('${of}', ${after})`

export const cases: CheckCases = {
  fires: [
    { title: 'from the beginning', needs, sql: [...basis, refresh('NULL'), retention('m')] },
    {
      title: 'further back than the retention',
      needs,
      sql: [...basis, refresh("interval '60 days'"), retention('m')],
    },
    {
      title: 'an aggregate of an aggregate whose rows are dropped',
      needs,
      sql: [
        ...basis,
        refresh("interval '7 days'"),
        aggregate('daily', 'hourly', 't', '1 day'),
        refresh('NULL', 'daily'),
        retention('hourly'),
      ],
    },
  ],
  quiet: [
    {
      title: 'less far back than the retention',
      needs,
      sql: [...basis, refresh("interval '7 days'"), retention('m')],
    },
    { title: 'nothing is dropped', needs, sql: [...basis, refresh('NULL')] },
    {
      title: 'the aggregate itself is dropped, not its source',
      needs,
      sql: [...basis, refresh('NULL'), retention('hourly')],
    },
    { title: 'no refresh', needs, sql: [...basis, retention('m')] },
    {
      title: 'chunks are dropped by when they were made, whatever the time in their rows',
      needs,
      sql: [
        ...hypertable(5, 0, '1 day', 'x'),
        ...basis,
        refresh('NULL'),
        retention('x', "drop_created_before => interval '1 day'"),
      ],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
