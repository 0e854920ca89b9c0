import type { CheckCases } from '../case.ts'

/** Not while we look: autovacuum may come at any moment. */
const off = 'autovacuum_enabled = false'
const fill = (table: string) => `INSERT INTO ${table} SELECT i FROM generate_series(1, 1000) i`

export const cases: CheckCases = {
  fires: [
    {
      title: 'a table with rows, and reltuples -1',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t')],
    },
    {
      title: 'one of two partitions',
      sql: [
        'CREATE TABLE p (a int) PARTITION BY RANGE (a)',
        `CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (500) WITH (${off})`,
        `CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (500) TO (9000) WITH (${off})`,
        fill('p'),
        'ANALYZE p1',
      ],
    },
    {
      title: 'the chunks of a hypertable',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time int NOT NULL)',
        `ALTER TABLE readings SET (${off})`,
        "SELECT create_hypertable('readings', 'time', chunk_time_interval => 600)",
        fill('readings'),
      ],
    },
  ],
  quiet: [
    { title: 'an empty table, with reltuples -1', sql: 'CREATE TABLE t (a int)' },
    {
      title: 'a few rows',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, 'INSERT INTO t VALUES (1)'],
    },
    { title: 'analyzed', sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t'), 'ANALYZE t'] },
    {
      title: 'the partitions are analyzed, and the parent, which has no rows of its own, is not',
      sql: [
        'CREATE TABLE p (a int) PARTITION BY RANGE (a)',
        `CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (9000) WITH (${off})`,
        fill('p'),
        'ANALYZE p1',
      ],
    },
  ],
}
