import type { CheckCases } from '../case.ts'
import { holdJobs, hypertable } from '../timescale_sql.ts'

const needs = 'timescale'
const limits = { bytes: 1 }
const compress = "ALTER TABLE m SET (timescaledb.compress, timescaledb.compress_segmentby = 'device')"

export const cases: CheckCases = {
  fires: [{ title: 'no policy', needs, limits, sql: hypertable(3) }],
  quiet: [
    { title: 'a small hypertable', needs, sql: hypertable(3) },
    {
      title: 'a policy',
      needs,
      limits,
      sql: [...hypertable(3), holdJobs, compress, "SELECT add_compression_policy('m', interval '30 days')"],
    },
    {
      title: 'chunks that somebody compresses by hand',
      needs,
      limits,
      sql: [...hypertable(3), compress, "SELECT compress_chunk(c) FROM show_chunks('m') c"],
    },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
