import type { CheckCases } from '../case.ts'

const limits = { rows: 100 }
/** Not while we look: autovacuum may come at any moment. */
const off = 'autovacuum_enabled = false'
const fill = (table: string, rows: number) =>
  `INSERT INTO ${table} SELECT i FROM generate_series(1, ${rows}) i`

export const cases: CheckCases = {
  fires: [
    {
      title: 'more rows changed than its threshold',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t', 1000), 'ANALYZE t', fill('t', 5000)],
      limits,
    },
    {
      title: 'a partition',
      sql: [
        'CREATE TABLE p (a int) PARTITION BY RANGE (a)',
        `CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (500) WITH (${off})`,
        `CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (500) TO (9000) WITH (${off})`,
        fill('p', 1000),
        'ANALYZE p',
        fill('p', 499),
      ],
      limits,
    },
  ],
  quiet: [
    {
      title: 'few rows changed since',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t', 2000), 'ANALYZE t', fill('t', 120)],
      limits,
    },
    {
      title: 'a threshold of its own, higher than the usual',
      sql: [
        `CREATE TABLE t (a int) WITH (${off}, autovacuum_analyze_threshold = 100000)`,
        fill('t', 1000),
        'ANALYZE t',
        fill('t', 5000),
      ],
      limits,
    },
    {
      title: 'never analyzed (reltuples is -1): that is another finding',
      sql: [`CREATE TABLE t (a int) WITH (${off})`, fill('t', 1000)],
      limits,
    },
  ],
}
