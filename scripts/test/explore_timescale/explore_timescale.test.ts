import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Relation, Report } from '../../explore/report.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** What only the full edition of TimescaleDB has; the server is asked which one it is. */
let toolkit: Toolkit
let full = false
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  const [row] = await toolkit.sql("SELECT current_setting('timescaledb.license', true) AS license")
  full = row.license === 'timescale'
})
afterAll(() => toolkit.dispose())

const sql = async (text: string) => (await toolkit.sql(text, 'metrics'))[0]

test('compressed chunks, continuous aggregates and policies: the figures are TimescaleDB’s own', async context => {
  if (!full) context.skip('this server has no full edition of TimescaleDB')
  await toolkit.sql('CREATE DATABASE metrics TEMPLATE template0')
  // The jobs begin tomorrow: one that ran now would change what is counted.
  for (const statement of [
    'CREATE EXTENSION timescaledb',
    'CREATE TABLE m (time timestamptz NOT NULL, device int NOT NULL, v float)',
    "SELECT create_hypertable('m', 'time', chunk_time_interval => interval '1 day')",
    "ALTER TABLE m SET (timescaledb.compress, timescaledb.compress_segmentby = 'device', timescaledb.compress_orderby = 'time DESC')",
    "INSERT INTO m SELECT now() - n * interval '1 min', n % 10, n FROM generate_series(1, 14400) n",
    "SELECT compress_chunk(c) FROM show_chunks('m', older_than => interval '4 days') c",
    `CREATE MATERIALIZED VIEW hourly WITH (timescaledb.continuous) AS
       SELECT time_bucket('1 hour', time) AS bucket, device, avg(v) AS mean FROM m GROUP BY 1, 2 WITH NO DATA`,
    "CALL refresh_continuous_aggregate('hourly', NULL, now() - interval '2 days')",
    "SELECT add_continuous_aggregate_policy('hourly', interval '8 days', interval '1 hour', interval '1 hour', initial_start => now() + interval '1 day')",
    "SELECT add_retention_policy('m', interval '90 days', initial_start => now() + interval '1 day')",
    "SELECT add_compression_policy('m', interval '7 days', initial_start => now() + interval '1 day')",
  ])
    await sql(statement)
  await sql('ANALYZE')
  const { files } = await toolkit.json('explore.ts', ['--database', 'metrics'])
  const report: Report = JSON.parse(await readFile(files.json, 'utf8'))
  const find = (name: string): Relation => {
    const found = report.relations.find(one => one.name === name)
    if (found === undefined) throw new Error(`${name} is not in the report`)
    return found
  }
  expect(report.relations.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
    'public.hourly continuous aggregate',
    'public.m hypertable',
  ])

  const m = find('m')
  const truth =
    await sql(`SELECT count(*)::int AS chunks, count(*) FILTER (WHERE is_compressed)::int AS compressed,
    (SELECT count(*)::int FROM m) AS rows, hypertable_size('m')::float8 AS bytes,
    (SELECT sum(before_compression_total_bytes)::float8 FROM hypertable_compression_stats('m')) AS before,
    (SELECT sum(after_compression_total_bytes)::float8 FROM hypertable_compression_stats('m')) AS after
    FROM timescaledb_information.chunks WHERE hypertable_name = 'm'`)
  expect(truth.compressed).toBeGreaterThan(2)
  expect(m).toMatchObject({ rows: truth.rows, parts: truth.chunks, total_bytes: truth.bytes })
  expect(m.hypertable).toMatchObject({
    chunks: truth.chunks,
    compressed_chunks: truth.compressed,
    compression_enabled: true,
    segment_by: ['device'],
    before_compression_bytes: truth.before,
    after_compression_bytes: truth.after,
  })
  expect(m.hypertable?.timeline.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(truth.chunks)

  const hourly = find('hourly')
  expect(hourly.rows).toBe(
    Number((await sql("SELECT count(*) FROM hourly WHERE bucket < now() - interval '2 days'")).count),
  )
  expect(hourly.definition).toContain('time_bucket')
  expect(hourly.continuous_aggregate).toMatchObject({ source: 'public.m', bucket_seconds: 3600 })
  expect(hourly.continuous_aggregate?.refresh).toMatchObject({
    end_offset_seconds: 3600,
    start_offset_seconds: 691200,
  })
  // Refreshed up to two days ago; the policy allows for one hour, and an hour is the bucket.
  expect(hourly.continuous_aggregate?.lag_seconds).toBeGreaterThan(40 * 3600)
  expect(hourly.continuous_aggregate?.lag_seconds).toBeLessThan(50 * 3600)

  const kinds = report.timescaledb?.jobs.filter(({ internal }) => !internal).map(({ kind }) => kind)
  expect(kinds?.sort()).toEqual(['compression', 'refresh', 'retention'])
})
