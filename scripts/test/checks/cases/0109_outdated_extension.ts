import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [{ title: 'an older version than that of the files', sql: `CREATE EXTENSION hstore VERSION '1.4'` }],
  quiet: [
    { title: 'the version of the files', sql: 'CREATE EXTENSION hstore' },
    {
      title: '1.10 is newer than 1.8, though not in the alphabet',
      sql: `CREATE EXTENSION hstore; UPDATE pg_extension SET extversion = '1.10' WHERE extname = 'hstore'`,
    },
    {
      title: 'an extension whose files are gone',
      sql: `CREATE EXTENSION hstore; UPDATE pg_extension SET extname = 'gone' WHERE extname = 'hstore'`,
    },
  ],
}
