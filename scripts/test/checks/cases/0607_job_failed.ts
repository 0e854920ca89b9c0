import type { CheckCases } from '../case.ts'
import { schedulerRan } from '../timescale_sql.ts'

const needs = 'timescale'
const job = (body: string): string[] => [
  `CREATE PROCEDURE work(job_id int, config jsonb) LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`,
  "SELECT add_job('work', interval '1 hour')",
]

export const cases: CheckCases = {
  fires: [
    {
      title: 'a job that ends with an error',
      needs,
      sql: job("RAISE EXCEPTION 'no disk';"),
      arrange: schedulerRan,
    },
  ],
  quiet: [
    { title: 'a job that succeeds', needs, sql: job('PERFORM 1;'), arrange: schedulerRan },
    { title: 'no jobs but TimescaleDB’s own', needs },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
