import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'switched on, and no policy',
      sql: 'CREATE TABLE notes (owner name); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;',
    },
  ],
  quiet: [
    {
      title: 'with a policy; not switched on',
      sql: `CREATE TABLE notes (owner name); ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON notes USING (owner = current_user); CREATE TABLE others (a int);`,
    },
    {
      title: 'of an extension',
      sql: `CREATE EXTENSION hstore; CREATE TABLE notes (owner name);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER EXTENSION hstore ADD TABLE notes;`,
    },
  ],
}
