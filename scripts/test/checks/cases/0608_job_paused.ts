import type { CheckCases } from '../case.ts'
import { holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'
const policy = [...hypertable(3), holdJobs, "SELECT add_retention_policy('m', interval '1 year')"]
const pause = (which: string): string =>
  `SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE ${which}`

export const cases: CheckCases = {
  fires: [{ title: 'a policy that was paused', needs, sql: [...policy, pause('job_id >= 1000')] }],
  quiet: [
    { title: 'a policy', needs, sql: policy },
    { title: 'TimescaleDB’s own jobs are its own concern', needs, sql: [...policy, pause('job_id = 3')] },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
