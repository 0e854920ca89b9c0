import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckCases, World } from '../case.ts'

async function idle({ connect }: World, sql: string): Promise<void> {
  const session = await connect()
  await session.query("SET application_name = 'forgets'")
  await session.query(sql)
  await sleep(1200)
}

export const cases: CheckCases = {
  fires: [
    {
      title: 'a transaction that nobody goes on with; what stands in quotes is not shown',
      limits: { seconds: 1 },
      arrange: world => idle(world, "BEGIN; SELECT 'secret'"),
    },
    {
      title: 'one that failed, and was not rolled back',
      limits: { seconds: 1 },
      arrange: world => idle(world, 'BEGIN; SELECT 1/0').catch(() => sleep(1200)),
    },
  ],
  quiet: [
    { title: 'a transaction that began a moment ago', arrange: world => idle(world, 'BEGIN; SELECT 1') },
    {
      title: 'a session that is idle, in no transaction',
      limits: { seconds: 1 },
      arrange: world => idle(world, 'SELECT 1'),
    },
  ],
}
