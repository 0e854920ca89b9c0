import { check } from './check.ts'
import { quoteIdent } from './words.ts'

export const statisticsOff = check({
  number: '0308',
  name: 'statistics_off',
  title: 'The server does not count',
  severity: 'critical',
  why: 'Autovacuum decides by these counts what it has to do. Without them it does nothing, until transaction ids are about to run out; and nobody can say which index is used, or which table changes.',
  mend: 'Switch track_counts on again. It costs very little.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-statistics.html#GUC-TRACK-COUNTS',
  needs: ['server', 'settings'],
  find({ settings, server }) {
    const { track_counts } = settings
    if (track_counts === undefined)
      return { not_assessed: `Role ${server.role} does not see the setting track_counts.` }
    if (track_counts.setting !== 'off') return []
    return [
      {
        object: '',
        reason: 'The setting track_counts is off: autovacuum does not know what to do.',
        // What is said for a database counts more than what is said for the server.
        sql:
          track_counts.source === 'database'
            ? `ALTER DATABASE ${quoteIdent(server.database)} RESET track_counts;`
            : 'ALTER SYSTEM SET track_counts = on;\nSELECT pg_reload_conf();',
      },
    ]
  },
})
