import type { CheckCases } from '../case.ts'

const was = (version: string): string =>
  `UPDATE pg_database SET datcollversion = ${version} WHERE datname = current_database()`
const now = 'pg_database_collation_actual_version(oid)'

export const cases: CheckCases = {
  fires: [{ title: 'the library is another than that of the database', sql: was("'0.1'") }],
  quiet: [{ title: 'the same library', sql: was(now) }],
  says: [
    {
      title: 'a collation of the server itself has no version',
      sql: was('NULL'),
      outcome: 'not applicable',
      reason: /no version/,
    },
  ],
}
