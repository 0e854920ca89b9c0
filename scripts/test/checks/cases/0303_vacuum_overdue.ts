import type { CheckCases } from '../case.ts'

const limits = { rows: 100 }
/** Not while we look: autovacuum may come at any moment. */
const off = 'autovacuum_enabled = false'
const fill = (table: string) => `INSERT INTO ${table} SELECT i FROM generate_series(1, 1000) i`

export const cases: CheckCases = {
  fires: [
    {
      title: 'more dead rows than its threshold',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t'), 'DELETE FROM t WHERE a <= 900'],
      limits,
    },
    {
      title: 'a threshold of its own, lower than the usual',
      sql: [
        `CREATE TABLE t (a int) WITH (${off}, autovacuum_vacuum_threshold = 10, autovacuum_vacuum_scale_factor = 0.01)`,
        fill('t'),
        'ANALYZE t',
        'DELETE FROM t WHERE a <= 120',
      ],
      limits,
    },
    {
      title: 'one of two partitions',
      sql: [
        `CREATE TABLE p (a int) PARTITION BY RANGE (a)`,
        `CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (500) WITH (${off})`,
        `CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (500) TO (2000) WITH (${off})`,
        fill('p'),
        'DELETE FROM p WHERE a < 400',
      ],
      limits,
    },
    {
      title: 'the chunks of a hypertable',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time int NOT NULL)',
        "SELECT create_hypertable('readings', 'time', chunk_time_interval => 600)",
        fill('readings'),
        `ALTER TABLE readings SET (${off})`,
        'DELETE FROM readings WHERE time <= 500',
      ],
      limits,
    },
  ],
  quiet: [
    {
      title: 'dead rows below the threshold',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t'), 'ANALYZE t', 'DELETE FROM t WHERE a <= 150'],
      limits,
    },
    {
      title: 'a threshold of its own, higher than the usual',
      sql: [
        `CREATE TABLE t (a int) WITH (${off}, autovacuum_vacuum_threshold = 100000)`,
        fill('t'),
        'DELETE FROM t',
      ],
      limits,
    },
    {
      title: 'few, though above it',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t'), 'DELETE FROM t WHERE a <= 900'],
    },
    {
      title: 'vacuumed',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t'), 'DELETE FROM t WHERE a <= 900', 'VACUUM t'],
      limits,
    },
  ],
}
