import type { CheckCases } from '../case.ts'
import { hypertable } from '../timescale_sql.ts'

const needs = 'timescaledb'
const mega = 1024 ** 2

export const cases: CheckCases = {
  fires: [
    { title: 'a machine with little memory', needs, sql: hypertable(3), memoryBytes: 32 * 1024 },
    {
      title: 'two hypertables are written to, and integers tell no time',
      needs,
      sql: [
        ...hypertable(3),
        'CREATE TABLE n (i bigint NOT NULL)',
        "SELECT create_hypertable('n', 'i', chunk_time_interval => 1000)",
        'INSERT INTO n SELECT generate_series(1, 2500)',
      ],
      memoryBytes: 64 * 1024,
    },
  ],
  quiet: [
    { title: 'a machine with enough memory', needs, sql: hypertable(3), memoryBytes: 100 * mega },
    {
      title: 'a hypertable that nobody has written to for long',
      needs,
      sql: hypertable(30, 20),
      memoryBytes: 1024,
    },
    { title: 'no hypertables, and the memory is not known', needs },
    {
      title: 'chunks of the future are not those that are written to',
      needs,
      sql: [
        ...hypertable(3),
        "INSERT INTO m SELECT now() + interval '100 days', i, 1 FROM generate_series(1, 20000) i",
      ],
      memoryBytes: 256 * 1024,
    },
  ],
  says: [
    {
      title: 'the memory is not known',
      needs,
      sql: hypertable(3),
      outcome: 'not assessed',
      reason: /explore.yaml takes it.*memory_bytes/,
    },
    { title: 'without TimescaleDB', memoryBytes: mega, outcome: 'not applicable', reason: /not installed/ },
  ],
}
