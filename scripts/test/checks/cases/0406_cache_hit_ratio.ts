import type { CheckCases } from '../case.ts'

/** Blocks that were written and read once are in shared buffers: all hits. */
const reads = [
  "CREATE TABLE t AS SELECT i, repeat('x', 500) AS x FROM generate_series(1, 20000) i",
  'SELECT count(x) FROM t',
  'SELECT count(x) FROM t',
]

export const cases: CheckCases = {
  fires: [{ title: 'fewer than asked for', sql: reads, limits: { percent: 101, blocks: 1000 } }],
  quiet: [{ title: 'nearly all from shared buffers', sql: reads, limits: { blocks: 1000 } }],
  says: [
    {
      title: 'a database that nobody has read from',
      sql: 'CREATE TABLE t (id int)',
      outcome: 'not assessed',
      reason: /read too little to judge/,
    },
  ],
}
