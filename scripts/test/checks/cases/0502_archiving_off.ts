import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'archive_mode is on, and nothing archives',
      arrange: async ({ client, afterwards }) => {
        await client.query("ALTER SYSTEM SET archive_command = ''")
        await client.query('SELECT pg_reload_conf(), pg_sleep(0.3)')
        afterwards(async () => {
          await client.query("ALTER SYSTEM SET archive_command = 'true'")
          await client.query('SELECT pg_reload_conf(), pg_sleep(0.3)')
        })
      },
    },
    {
      title: 'archive_mode is off (given)',
      given: ({ write_ahead_log: log }) =>
        'value' in log
          ? { write_ahead_log: { value: { ...log.value, archive_mode: 'off', archive_configured: false } } }
          : {},
    },
  ],
  quiet: [
    { title: 'an archive' },
    {
      title: 'pg_receivewal archives from elsewhere (given)',
      given: ({ write_ahead_log: log }) => {
        if (!('value' in log)) return {}
        const receiver = {
          application: 'pg_receivewal',
          client: null,
          state: 'streaming',
          sync_state: 'async',
          behind_bytes: null,
          replay_lag_seconds: null,
        }
        return { write_ahead_log: { value: { ...log.value, archive_mode: 'off', standbys: [receiver] } } }
      },
    },
  ],
  says: [
    {
      title: 'on a standby (given)',
      given: ({ server, write_ahead_log }) =>
        'value' in server
          ? { server: { value: { ...server.value, in_recovery: true } }, write_ahead_log }
          : {},
      outcome: 'not applicable',
      reason: /standby/,
    },
  ],
}
