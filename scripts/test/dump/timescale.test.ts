import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DumpMetadata } from '../../catalog/metadata.ts'
import { noTimescale } from '../helpers/place.ts'
import { Toolkit } from '../helpers/toolkit.ts'

const whyNot = noTimescale ? ' (not run: TimescaleDB is not installed here)' : ''

describe.skipIf(noTimescale)(`a database with TimescaleDB${whyNot}`, () => {
  let toolkit: Toolkit
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    await toolkit.startDatabase()
    await toolkit.sql('CREATE DATABASE metrics')
    await toolkit.sql(
      `CREATE EXTENSION IF NOT EXISTS timescaledb; CREATE TABLE m (at timestamptz NOT NULL, v int);
       SELECT create_hypertable('m', 'at', chunk_time_interval => interval '1 day');
       INSERT INTO m SELECT t, 1 FROM generate_series('2026-01-01 00:00Z'::timestamptz, '2026-01-05 23:59Z', '1 minute') t;
       CREATE TABLE plain AS SELECT 1 AS n`,
      'metrics',
    )
  })
  afterAll(() => toolkit?.dispose())

  const dump = async (...args: string[]): Promise<DumpMetadata> =>
    (await toolkit.json('dump.ts', ['--db', 'metrics', ...args])).metadata

  test('a hypertable is one table, and its rows are in its chunks', async () => {
    for (const args of [
      ['--format', 'directory'],
      ['--format', 'plain'],
    ]) {
      const { table_counts, contents } = await dump(...args)
      expect(table_counts).toEqual({ 'public.m': 7200, 'public.plain': 1 })
      expect(contents.rows).toBeGreaterThan(7200)
    }
  })

  test.each<[string, string[]]>([
    ['named', ['--tables', 'plain,m']],
    ['left out', ['--exclude-tables', 'm']],
    ['by a chunk', ['--tables', '_hyper_1_1_chunk']],
    ['without its rows', ['--only', 'schema']],
  ])('a part of it is refused: %s', async (_, args) => {
    const run = await toolkit.run('dump.ts', ['--db', 'metrics', ...args])
    expect(run.code, run.stderr).toBe(4)
    expect(run.stderr).toMatch(/hypertable, which is dumped with the whole database or not at all/)
    expect(run.stderr).toContain('HINT:')
  })

  test('compressed chunks and continuous aggregates are counted right (where the full edition is: TEST_IMAGE=tsl:17)', async context => {
    const [{ license }] = await toolkit.sql(`SELECT current_setting('timescaledb.license') AS license`)
    if (license !== 'timescale') context.skip(`the license of this server is “${license}”`)
    await toolkit.sql(
      `ALTER TABLE m SET (timescaledb.compress); SELECT compress_chunk(c) FROM show_chunks('m') c LIMIT 3`,
      'metrics',
    )
    // A row in a chunk that is compressed lies beside its batches.
    await toolkit.sql(`INSERT INTO m VALUES ('2026-01-01 00:00:30Z', 2)`, 'metrics')
    await toolkit.sql(
      `CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous) AS
         SELECT time_bucket('1 day', at) AS day, sum(v) FROM m GROUP BY 1`,
      'metrics',
    )
    for (const args of [[], ['--format', 'plain']]) {
      const metadata = await dump(...args)
      expect(metadata.table_counts).toMatchObject({ 'public.m': 7201, 'public.plain': 1 })
      expect(metadata.inventory.continuous_aggregates).toHaveLength(1)
      expect(metadata.server.timescaledb).toMatchObject([{ edition: 'tsl' }])
      expect(await toolkit.json('db_backup.ts', ['verify', metadata.id])).toMatchObject([{ result: 'ok' }])
    }
  })
})
