import { randomBytes } from 'node:crypto'
import type { CheckCases, World } from '../case.ts'

async function slot({ client, afterwards }: World, reserve: boolean): Promise<void> {
  const name = reserve ? 'left_over' : `unused_${randomBytes(4).toString('hex')}`
  await client.query(`SELECT pg_create_physical_replication_slot('${name}', ${reserve})`)
  afterwards(() => client.query(`SELECT pg_drop_replication_slot('${name}')`))
  await client.query('CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i')
}

export const cases: CheckCases = {
  fires: [{ title: 'a slot that keeps log', limits: { bytes: 1 }, arrange: world => slot(world, true) }],
  quiet: [
    { title: 'a slot that keeps little', arrange: world => slot(world, true) },
    {
      title: 'a slot that nobody has read from yet keeps nothing',
      limits: { bytes: 0 },
      arrange: world => slot(world, false),
    },
  ],
}
