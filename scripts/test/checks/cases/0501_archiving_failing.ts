import { setTimeout as sleep } from 'node:timers/promises'
import type { CheckCases, World } from '../case.ts'

async function archive({ client, afterwards }: World, command: string, counter: string): Promise<void> {
  await client.query(`ALTER SYSTEM SET archive_command = '${command}'`)
  afterwards(async () => {
    await client.query("ALTER SYSTEM SET archive_command = 'true'")
    await client.query('SELECT pg_reload_conf()')
  })
  await client.query('SELECT pg_reload_conf()')
  await client.query("SELECT pg_stat_reset_shared('archiver')")
  await client.query('CREATE TABLE IF NOT EXISTS t (id int)')
  await client.query('SELECT pg_switch_wal()')
  for (let i = 0; i < 150; i += 1) {
    const { rows } = await client.query(`SELECT ${counter} AS count FROM pg_stat_archiver`)
    if (Number(rows[0].count) > 0) return
    await sleep(200)
  }
  throw new Error(`${counter} stayed 0`)
}

export const cases: CheckCases = {
  fires: [{ title: 'archive_command fails', arrange: world => archive(world, 'false', 'failed_count') }],
  quiet: [
    {
      title: 'it failed before, and works now',
      arrange: async world => {
        await archive(world, 'false', 'failed_count')
        await world.client.query("ALTER SYSTEM SET archive_command = 'true'")
        await world.client.query('SELECT pg_reload_conf()')
        for (let i = 0; i < 400; i += 1) {
          const { rows } = await world.client.query(
            'SELECT last_archived_time > last_failed_time AS ok FROM pg_stat_archiver',
          )
          if (rows[0].ok) return
          await sleep(200)
        }
      },
    },
  ],
  says: [
    {
      title: 'without an archive (given)',
      given: ({ write_ahead_log: log }) =>
        'value' in log ? { write_ahead_log: { value: { ...log.value, archive_mode: 'off' } } } : {},
      outcome: 'not applicable',
      reason: /archive_mode is off/,
    },
  ],
}
