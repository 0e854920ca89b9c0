import type { CheckCases, World } from '../case.ts'

async function prepare({ client, afterwards }: World): Promise<void> {
  await client.query("BEGIN; CREATE TABLE t (id int); PREPARE TRANSACTION 'it''s left'")
  afterwards(() => client.query("ROLLBACK PREPARED 'it''s left'"))
}

export const cases: CheckCases = {
  fires: [{ title: 'one with a quote in its name', limits: { seconds: 0 }, arrange: prepare }],
  quiet: [
    { title: 'none', limits: { seconds: 0 } },
    { title: 'one that was prepared just now', arrange: prepare },
  ],
}
