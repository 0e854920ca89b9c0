import type { CheckCases } from '../case.ts'

const limits = { bytes: 1024 ** 2 }
/** Not while we look: autovacuum may come at any moment. */
const off = 'autovacuum_enabled = false'
const fill = (table: string) =>
  `INSERT INTO ${table} SELECT i, 'some text of ' || i, NULL FROM generate_series(1, 50000) i`
const columns = 'a int, b text, c text'

export const cases: CheckCases = {
  fires: [
    {
      title: 'nine of ten rows were deleted, all over the table',
      sql: [
        `CREATE TABLE t (${columns}) WITH (${off})`,
        fill('t'),
        'DELETE FROM t WHERE a % 10 <> 0',
        'VACUUM ANALYZE t',
      ],
      limits,
    },
    {
      title: 'chunks of a hypertable, summed up to it',
      needs: 'timescaledb',
      sql: [
        `CREATE TABLE readings (${columns.replace('int', 'int NOT NULL')})`,
        "SELECT create_hypertable('readings', 'a', chunk_time_interval => 25000)",
        fill('readings'),
        'DELETE FROM readings WHERE a % 10 <> 0',
        'VACUUM ANALYZE readings',
      ],
      limits,
    },
  ],
  quiet: [
    {
      title: 'full',
      sql: [`CREATE TABLE t (${columns}) WITH (${off})`, fill('t'), 'VACUUM ANALYZE t'],
      limits: { bytes: 0, percent: 15 },
    },
    {
      title: 'room that its fillfactor leaves on purpose',
      sql: [`CREATE TABLE t (${columns}) WITH (${off}, fillfactor = 40)`, fill('t'), 'VACUUM ANALYZE t'],
      limits: { bytes: 0, percent: 15 },
    },
    {
      title: 'less than is worth the lock',
      sql: [
        `CREATE TABLE t (${columns}) WITH (${off})`,
        fill('t'),
        'DELETE FROM t WHERE a % 10 <> 0',
        'VACUUM ANALYZE t',
      ],
    },
  ],
  says: [
    {
      title: 'no statistics: nothing is guessed',
      sql: [
        `CREATE TABLE t (${columns}) WITH (${off})`,
        fill('t'),
        'DELETE FROM t WHERE a % 10 <> 0',
        'VACUUM t',
      ],
      limits,
      outcome: 'not assessed',
      reason: /of the columns of 1 large one there are no statistics/,
    },
    {
      title: 'a role that may not read the table',
      sql: [
        `CREATE TABLE t (${columns}) WITH (${off})`,
        fill('t'),
        'DELETE FROM t WHERE a % 10 <> 0',
        'VACUUM ANALYZE t',
      ],
      async arrange({ client, afterwards }) {
        await client.query("CREATE ROLE looker LOGIN PASSWORD 'p'")
        afterwards(() => client.query('DROP ROLE looker'))
      },
      as: { user: 'looker', password: 'p' },
      limits,
      outcome: 'not assessed',
      reason: /none that this role may see/,
    },
  ],
}
