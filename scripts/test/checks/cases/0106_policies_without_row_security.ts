import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'two policies, and row-level security off',
      sql: `CREATE TABLE notes (owner name); CREATE POLICY own ON notes USING (owner = current_user);
        CREATE POLICY "read all" ON notes FOR SELECT USING (true);`,
    },
  ],
  quiet: [
    {
      title: 'row-level security is on, with a policy and without',
      sql: `CREATE TABLE notes (owner name); CREATE POLICY own ON notes USING (owner = current_user);
        ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
        CREATE TABLE others (a int); ALTER TABLE others ENABLE ROW LEVEL SECURITY;`,
    },
    { title: 'no policies', sql: 'CREATE TABLE notes (owner name)' },
  ],
}
