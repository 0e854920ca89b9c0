import type { CheckCases } from '../case.ts'
import { holdJobs, hypertable, runJobs } from '../timescale_sql.ts'

const needs = 'timescale'
const policy = (after: string): string[] => [
  holdJobs,
  "ALTER TABLE m SET (timescaledb.compress, timescaledb.compress_segmentby = 'device')",
  `SELECT add_compression_policy('m', ${after})`,
]
const integers = [
  'CREATE TABLE m (t bigint NOT NULL, device int)',
  "SELECT create_hypertable('m', 't', chunk_time_interval => 100)",
  'INSERT INTO m SELECT i, 1 FROM generate_series(0, 999) i',
  "CREATE FUNCTION integer_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1000::bigint'",
  "SELECT set_integer_now_func('m', 'integer_now')",
]

export const cases: CheckCases = {
  fires: [
    { title: 'the job never ran', needs, sql: [...hypertable(30), ...policy("interval '7 days'")] },
    { title: 'a column of integers', needs, sql: [...integers, ...policy('500')] },
  ],
  quiet: [
    {
      title: 'the job has run',
      needs,
      sql: [...hypertable(30), ...policy("interval '7 days'")],
      arrange: async world => void (await runJobs(world, 'policy_compression')),
    },
    { title: 'no policy', needs, sql: hypertable(30) },
    {
      title: 'chunks that are not old enough',
      needs,
      sql: [...hypertable(5), ...policy("interval '7 days'")],
    },
    {
      title: 'a chunk that is due, and the next run is still to come',
      needs,
      sql: [
        ...hypertable(8),
        ...policy("interval '7 days'"),
        "SELECT alter_job(job_id, schedule_interval => interval '2 days') FROM timescaledb_information.jobs WHERE proc_name = 'policy_compression'",
      ],
    },
    { title: 'integers that are not old enough', needs, sql: [...integers, ...policy('2000')] },
    {
      title: 'what now is in integers is not known: its function fails',
      needs,
      sql: [
        ...integers,
        ...policy('500'),
        "CREATE OR REPLACE FUNCTION integer_now() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 1000::bigint / 0'",
      ],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
