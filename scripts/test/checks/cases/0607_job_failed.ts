import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckCases, World } from '../case.ts'

const needs = 'timescale'
const job = (body: string): string[] => [
  `CREATE PROCEDURE work(job_id int, config jsonb) LANGUAGE plpgsql AS $$ BEGIN ${body} END $$`,
  "SELECT add_job('work', interval '1 hour')",
]

/** The scheduler itself runs it: what CALL run_job does is not written down as a failure. */
async function ran({ client }: World): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    const { rows } = await client.query(
      'SELECT FROM timescaledb_information.job_stats WHERE job_id >= 1000 AND last_run_status IS NOT NULL',
    )
    if (rows.length > 0) return
    await sleep(200)
  }
  throw new Error('The scheduler did not run the job.')
}

export const cases: CheckCases = {
  fires: [
    { title: 'a job that ends with an error', needs, sql: job("RAISE EXCEPTION 'no disk';"), arrange: ran },
  ],
  quiet: [
    { title: 'a job that succeeds', needs, sql: job('PERFORM 1;'), arrange: ran },
    { title: 'no jobs but TimescaleDB’s own', needs },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
