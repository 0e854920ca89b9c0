import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckCases, World } from '../case.ts'

/** One that holds a lock, one that wants it, and one behind that. */
async function queue({ client, connect, afterwards }: World): Promise<void> {
  await client.query('CREATE TABLE t (id int)')
  const holder = await connect()
  await holder.query("SET application_name = 'migration'")
  await holder.query('BEGIN; SELECT FROM t')
  const waiting: Promise<unknown>[] = []
  for (const sql of ['ALTER TABLE t ADD b int', 'SELECT FROM t']) {
    const session = await connect()
    waiting.push(session.query(sql).catch(() => {}))
    await sleep(300)
  }
  afterwards(async () => void (await Promise.all(waiting)))
  afterwards(() => holder.query('ROLLBACK'))
  await sleep(1000)
}

export const cases: CheckCases = {
  fires: [
    { title: 'only the one at the front of the queue is named', limits: { seconds: 1 }, arrange: queue },
    {
      title: 'a prepared transaction holds the lock',
      limits: { seconds: 1 },
      arrange: async ({ client, connect, afterwards }) => {
        await client.query('CREATE TABLE t (id int)')
        await client.query("BEGIN; LOCK TABLE t; PREPARE TRANSACTION 'holds'")
        const waiting = (await connect()).query('SELECT FROM t').catch(() => {})
        afterwards(async () => void (await waiting))
        afterwards(() => client.query("ROLLBACK PREPARED 'holds'"))
        await sleep(1200)
      },
    },
  ],
  quiet: [
    { title: 'a session that has waited for a moment', arrange: queue },
    {
      title: 'a lock that nobody waits for',
      limits: { seconds: 0 },
      sql: 'CREATE TABLE t (id int)',
      arrange: async ({ connect }) => void (await (await connect()).query('BEGIN; LOCK TABLE t')),
    },
  ],
}
