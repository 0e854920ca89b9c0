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
