import type { CheckCases } from '../case.ts'
import { aggregate, hypertable } from '../timescale_sql.ts'

const needs = 'timescaledb'
const limits = { chunks: 20 }

export const cases: CheckCases = {
  fires: [{ title: 'a chunk for each hour', needs, limits, sql: hypertable(2, 0, '1 hour') }],
  quiet: [
    { title: 'few chunks', needs, limits, sql: hypertable(10) },
    {
      title: 'a hypertable that somebody has locked is looked at without waiting',
      needs: 'timescale',
      sql: [...hypertable(3), aggregate()],
      arrange: async ({ connect }) =>
        void (await (await connect()).query('BEGIN; LOCK TABLE m IN ACCESS EXCLUSIVE MODE')),
    },
    {
      title: 'many chunks that are large enough, never analysed',
      needs,
      limits: { chunks: 20, bytes: 4096 },
      sql: hypertable(2, 0, '1 hour'),
    },
    {
      title: 'chunks that are small because they are compressed',
      needs: 'timescale',
      limits: { chunks: 20, bytes: 300 * 1024 },
      sql: [
        ...hypertable(30),
        "INSERT INTO m SELECT now() - d * interval '1 day', 1, 1 FROM generate_series(1, 25) d, generate_series(1, 8000)",
        "ALTER TABLE m SET (timescaledb.compress, timescaledb.compress_segmentby = 'device')",
        "SELECT compress_chunk(c) FROM show_chunks('m') c",
      ],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
