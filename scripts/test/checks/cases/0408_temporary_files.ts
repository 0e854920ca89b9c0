import type { CheckCases } from '../case.ts'

const sort = [
  "SET work_mem = '64kB'",
  'SELECT count(*) FROM (SELECT i FROM generate_series(1, 100000) i ORDER BY random() OFFSET 1) x',
]

export const cases: CheckCases = {
  fires: [{ title: 'a sort that does not fit', sql: sort, limits: { bytes_per_day: 1 } }],
  quiet: [
    { title: 'a few megabytes on a day', sql: sort },
    { title: 'none', limits: { bytes_per_day: 0 } },
  ],
}
