import { setTimeout as sleep } from 'node:timers/promises'
import type { World } from './case.ts'

/** SQL that the cases of TimescaleDB's checks are made of. */

/** A hypertable by time, with a row each hour from so many days ago until so many days ago. */
export const hypertable = (from: number, until = 0, chunk = '1 day', name = 'm'): string[] => [
  `CREATE TABLE ${name} (t timestamptz NOT NULL, device int, v float8)`,
  `SELECT create_hypertable('${name}', 't', chunk_time_interval => interval '${chunk}')`,
  `INSERT INTO ${name} SELECT t, 1, 1 FROM generate_series(now() - interval '${from} days', now() - interval '${until} days', interval '1 hour') t`,
]

export const aggregate = (name = 'hourly', source = 'm', column = 't', bucket = '1 hour'): string =>
  `CREATE MATERIALIZED VIEW ${name} WITH (timescaledb.continuous) AS
    SELECT time_bucket('${bucket}', ${column}) AS ${column}, count(*) AS n FROM ${source} GROUP BY 1 WITH NO DATA`

/** Nobody but the test shall run the jobs of this database. */
export const holdJobs = 'SELECT _timescaledb_functions.stop_background_workers()'

export const runJobs = (world: World, of: string): Promise<unknown> =>
  world.client.query(
    `DO $$ DECLARE j int; BEGIN FOR j IN SELECT job_id FROM timescaledb_information.jobs WHERE proc_name = '${of}'
     LOOP CALL run_job(j); END LOOP; END $$`,
  )

/** The scheduler itself runs it: what CALL run_job does is not written down as a failure. */
export async function schedulerRan({ client }: World): Promise<void> {
  for (let i = 0; i < 300; i += 1) {
    const { rows } = await client.query(
      'SELECT FROM timescaledb_information.job_stats WHERE job_id >= 1000 AND last_run_status IS NOT NULL',
    )
    if (rows.length > 0) return
    await sleep(200)
  }
  throw new Error('The scheduler did not run the job.')
}
