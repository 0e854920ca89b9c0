import type { CheckCases, World } from '../case.ts'

async function lose({ client, afterwards }: World, keep: string): Promise<void> {
  await client.query("SELECT pg_create_physical_replication_slot('too_slow', true)")
  afterwards(() => client.query("SELECT pg_drop_replication_slot('too_slow')"))
  await client.query(`ALTER SYSTEM SET max_slot_wal_keep_size = '${keep}'`)
  afterwards(async () => {
    await client.query('ALTER SYSTEM RESET max_slot_wal_keep_size')
    await client.query('SELECT pg_reload_conf()')
  })
  await client.query('SELECT pg_reload_conf(), pg_sleep(0.3)')
  await client.query('CREATE TABLE t (id int)')
  for (let i = 0; i < 4; i += 1) {
    for (let j = 0; j < 3; j += 1) {
      await client.query('INSERT INTO t VALUES (1)')
      await client.query('SELECT pg_switch_wal()')
    }
    await client.query('CHECKPOINT')
  }
}

export const cases: CheckCases = {
  fires: [{ title: 'the log that it needed is deleted', arrange: world => lose(world, '1MB') }],
  quiet: [{ title: 'the log that it needs is kept', arrange: world => lose(world, '-1') }],
}
