import type { CheckCases } from '../case.ts'

const slow = Array<string>(10).fill('SELECT pg_sleep(0.02)')
const needs = 'pg_stat_statements'
const limits = { milliseconds: 10 }

export const cases: CheckCases = {
  fires: [{ title: 'ten runs that take long', needs, sql: slow, limits }],
  quiet: [
    { title: 'they are fast enough', needs, sql: slow },
    { title: 'nine runs, of somebody who tries something', needs, sql: slow.slice(1), limits },
    {
      title: 'new indexes and other maintenance take their time; so do our own statements',
      needs,
      sql: [
        'CREATE TABLE t AS SELECT i FROM generate_series(1, 100000) i',
        ...Array<string>(10).fill('REINDEX TABLE t'),
      ],
      limits: { milliseconds: 1, calls: 5 },
    },
    {
      title: 'the extension is in a schema of its own, with a name that needs quotes',
      needs,
      sql: ['CREATE SCHEMA "My ""Schema"', 'ALTER EXTENSION pg_stat_statements SET SCHEMA "My ""Schema"'],
    },
  ],
  says: [
    {
      title: 'without the extension',
      outcome: 'not assessed',
      reason: /not installed in this database.*CREATE EXTENSION pg_stat_statements/,
    },
  ],
}
