import type { CheckCases } from '../case.ts'

const limits = { rows: 100, per_day: 5 }
const filled = (table: string, first = 1) =>
  `INSERT INTO ${table} SELECT i FROM generate_series(${first}, 1000) i`
const read = (times: number, statement: string) =>
  `DO $$ BEGIN FOR i IN 1..${times} LOOP PERFORM ${statement}; END LOOP; END $$`

export const cases: CheckCases = {
  fires: [
    {
      title: 'twenty times in a day',
      sql: [
        `CREATE TABLE "it's" (a int)`,
        filled(`"it's"`),
        `ANALYZE "it's"`,
        read(20, `count(*) FROM "it's"`),
      ],
      limits,
    },
    {
      title: 'a partitioned table: its parts together',
      sql: [
        `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (500);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (500) TO (2000)`,
        filled('p'),
        'ANALYZE p',
        read(20, 'count(*) FROM p'),
      ],
      limits,
    },
  ],
  quiet: [
    {
      title: 'not often',
      sql: ['CREATE TABLE t (a int)', filled('t'), 'ANALYZE t', read(4, 'count(*) FROM t')],
      limits,
    },
    {
      title: 'small',
      sql: ['CREATE TABLE t (a int)', filled('t', 950), 'ANALYZE t', read(20, 'count(*) FROM t')],
      limits,
    },
    {
      title: 'mostly by its index',
      sql: [
        'CREATE TABLE t (a int)',
        filled('t'),
        'CREATE INDEX ON t (a)',
        'VACUUM ANALYZE t',
        read(8, 'count(*) FROM t'),
        `SET enable_seqscan = off; SET enable_bitmapscan = off; ${read(20, 'count(*) FROM t WHERE a > 0')}`,
      ],
      limits,
    },
    {
      title: 'one part of many, again and again, is not the whole',
      sql: [
        `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (11);
         CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (11) TO (2000)`,
        filled('p'),
        'ANALYZE p',
        read(20, 'count(*) FROM p WHERE a < 11'),
      ],
      limits,
    },
  ],
}
