import type { CheckCases } from '../case.ts'

/** 200 transactions against a limit of 100: one case is as good as two billion against two hundred million. */
const limits = { times: 100 / 200_000_000 }
const age = `DO $$ BEGIN FOR i IN 1..200 LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$`

export const cases: CheckCases = {
  fires: [
    {
      title: 'a table, and every other database',
      sql: ['CREATE TABLE old (a int)', age, 'CREATE TABLE young (a int)'],
      limits,
    },
    {
      title: 'the table was frozen, and its TOAST table was not',
      sql: ['CREATE TABLE documents (a text)', age, 'VACUUM (FREEZE, PROCESS_TOAST false) documents'],
      limits,
    },
    {
      title: "no table of ours is old, and those of the server's own are",
      sql: ['CREATE TABLE documents (a text)', age, 'VACUUM (FREEZE) documents'],
      limits,
    },
    {
      title: 'near the end: critical',
      sql: ['CREATE TABLE old (a int)', age],
      limits: { critical_percent: (100 * 100) / 2 ** 31 },
    },
    {
      title: 'the chunks of a hypertable, summed up to it',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1)",
        age,
        "INSERT INTO readings VALUES ('2024-03-01', 1)",
      ],
      limits,
    },
  ],
  quiet: [{ title: 'as old as any database is', sql: ['CREATE TABLE old (a int)', age] }],
}
