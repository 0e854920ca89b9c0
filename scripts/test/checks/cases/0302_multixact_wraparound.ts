import type { CheckCases, World } from '../case.ts'

/** Two sessions that lock the same row need one number for both. */
async function lockTogether({ connect }: World): Promise<void> {
  const [one, another] = [await connect(), await connect()]
  for (const session of [one, another]) await session.query('BEGIN; SELECT * FROM shared FOR SHARE')
  for (const session of [one, another]) await session.query('COMMIT')
}
const sql = 'CREATE TABLE shared (a int); INSERT INTO shared VALUES (1)'

export const cases: CheckCases = {
  fires: [
    {
      title: 'a row that two transactions lock, and a limit of none',
      sql,
      arrange: lockTogether,
      limits: { times: 0 },
    },
    {
      title: 'near the end: critical',
      sql,
      arrange: lockTogether,
      limits: { critical_percent: (100 * 0.5) / 2 ** 31 },
    },
  ],
  quiet: [{ title: 'as old as any database is', sql, arrange: lockTogether }],
}
