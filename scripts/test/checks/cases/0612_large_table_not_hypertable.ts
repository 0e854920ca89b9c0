import type { CheckCases } from '../case.ts'
import { hypertable } from '../timescale_sql.ts'

const needs = 'timescaledb'
const limits = { bytes: 1 }
const table = (columns: string): string[] => [
  `CREATE TABLE readings (${columns})`,
  'INSERT INTO readings SELECT now(), i FROM generate_series(1, 5000) i',
  'ANALYZE readings',
]

export const cases: CheckCases = {
  fires: [
    {
      title: 'rows with a time, and nobody changes them',
      needs,
      limits,
      sql: table('t timestamptz NOT NULL, v int'),
    },
  ],
  quiet: [
    { title: 'a small table', needs, sql: table('t timestamptz NOT NULL, v int') },
    { title: 'the time may be missing', needs, limits, sql: table('t timestamptz, v int') },
    {
      title: 'no time',
      needs,
      limits,
      sql: ['CREATE TABLE t AS SELECT i FROM generate_series(1, 5000) i', 'ANALYZE t'],
    },
    {
      title: 'rows that are changed, as those of orders are',
      needs,
      limits,
      sql: [...table('t timestamptz NOT NULL, v int'), 'UPDATE readings SET v = v + 1', 'ANALYZE readings'],
    },
    { title: 'a hypertable', needs, limits, sql: hypertable(3) },
  ],
  says: [{ title: 'without TimescaleDB', outcome: 'not applicable', reason: /not installed/ }],
}
