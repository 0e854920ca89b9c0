import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [{ title: 'an unlogged table', sql: 'CREATE UNLOGGED TABLE cache (key text PRIMARY KEY)' }],
  quiet: [
    {
      title: 'a logged one, and a temporary one of another session',
      sql: 'CREATE TABLE t (a int)',
      async arrange({ connect }) {
        await (await connect()).query('CREATE TEMPORARY TABLE mine (a int)')
      },
    },
  ],
}
