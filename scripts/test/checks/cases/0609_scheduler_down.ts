import type { Gathered } from '../../../explore/facts.ts'
import type { CheckCases } from '../case.ts'
import { holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'
const policy = [...hypertable(3), holdJobs, "SELECT add_retention_policy('m', interval '1 year')"]
const due = (ago: string): string =>
  `SELECT alter_job(job_id, next_start => now() - interval '${ago}') FROM timescaledb_information.jobs WHERE job_id >= 1000`
const changed =
  (workers: string, in_recovery: boolean) =>
  (facts: Gathered): Partial<Gathered> =>
    'value' in facts.settings && 'value' in facts.server
      ? {
          settings: {
            value: {
              ...facts.settings.value,
              'timescaledb.max_background_workers': {
                setting: workers,
                unit: null,
                source: 'configuration file',
              },
            },
          },
          server: { value: { ...facts.server.value, in_recovery } },
        }
      : {}

export const cases: CheckCases = {
  fires: [
    { title: 'a job is overdue, and the scheduler is stopped', needs, sql: [...policy, due('2 hours')] },
    { title: 'after a restore jobs are held (given)', needs, sql: policy, given: changed('0', false) },
  ],
  quiet: [
    { title: 'a job that waits its turn', needs, sql: [...policy, due('1 minute')] },
    { title: 'a job that is not due yet', needs, sql: [...policy, due('-1 hour')] },
    {
      title: 'a job that is paused is not late',
      needs,
      sql: [
        ...policy,
        due('2 hours'),
        ...hypertable(3, 0, '1 day', 'other'),
        "SELECT add_retention_policy('other', interval '1 year')",
        "SELECT alter_job(job_id, scheduled => false) FROM timescaledb_information.jobs WHERE hypertable_name = 'm'",
      ],
    },
  ],
  says: [
    { title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ },
    { title: 'no jobs but TimescaleDB’s own', needs, outcome: 'not applicable', reason: /no jobs but/ },
    {
      title: 'on a standby (given)',
      needs,
      sql: [...policy, due('2 hours')],
      given: changed('16', true),
      outcome: 'not applicable',
      reason: /standby/,
    },
  ],
}
