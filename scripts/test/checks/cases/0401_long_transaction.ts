import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckCases, World } from '../case.ts'

/** A session that works in its transaction: it waits for a lock, for else it would have to work for a minute. */
async function waiting({ client, connect, afterwards }: World, application: string): Promise<void> {
  await client.query('CREATE TABLE t (id int)')
  const holder = await connect()
  await holder.query('BEGIN; LOCK TABLE t')
  const worker = await connect()
  await worker.query(`SET application_name = '${application}'`)
  const work = worker.query("BEGIN; SELECT 'secret' FROM t").catch(() => {})
  afterwards(async () => void (await work))
  afterwards(() => holder.query('ROLLBACK'))
  await sleep(1200)
}

export const cases: CheckCases = {
  fires: [
    { title: 'a statement that goes on', limits: { seconds: 1 }, arrange: world => waiting(world, 'report') },
  ],
  quiet: [
    { title: 'nothing goes on' },
    { title: 'a transaction that has just begun', arrange: world => waiting(world, 'report') },
    {
      title: 'a dump takes its time on purpose',
      limits: { seconds: 1 },
      arrange: world => waiting(world, 'pg_dump'),
    },
    {
      title: 'a session that is idle is the concern of another check',
      limits: { seconds: 0 },
      arrange: async ({ connect }) => void (await (await connect()).query('BEGIN; SELECT 1')),
    },
  ],
  says: [
    {
      title: 'a role that sees only its own sessions',
      sql: "CREATE ROLE sees_little LOGIN PASSWORD 'p'",
      arrange: async ({ client, afterwards }) => {
        afterwards(() => client.query('DROP ROLE sees_little'))
      },
      as: { user: 'sees_little', password: 'p' },
      outcome: 'not assessed',
      reason: /GRANT pg_monitor TO sees_little/,
    },
  ],
}
