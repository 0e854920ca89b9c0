import type { CheckCases } from '../case.ts'
import { holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'
const limits = { bytes: 1 }

export const cases: CheckCases = {
  fires: [{ title: 'no policy', needs, limits, sql: hypertable(3) }],
  quiet: [
    { title: 'a small hypertable', needs, sql: hypertable(3) },
    {
      title: 'a policy',
      needs,
      limits,
      sql: [...hypertable(3), holdJobs, "SELECT add_retention_policy('m', interval '1 year')"],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
