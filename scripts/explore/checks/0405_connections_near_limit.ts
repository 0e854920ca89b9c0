import { check } from './check.ts'

export const connectionsNearLimit = check({
  number: '0405',
  name: 'connections_near_limit',
  title: 'Nearly all connections are in use',
  severity: 'warning',
  why: 'When max_connections is reached, the server turns everybody away: “sorry, too many clients already”. Some connections are kept for superusers, so that somebody can still look.',
  mend: 'See who holds them, and let the applications use a pool (PgBouncer, or that of the framework). A higher max_connections takes memory, and a restart.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-connection.html#GUC-MAX-CONNECTIONS',
  needs: ['activity'],
  thresholds: {
    percent: { default: 80, unit: 'percent', meaning: 'so many of the connections are in use' },
    critical_percent: { default: 95, unit: 'percent', meaning: 'critical' },
  },
  find({ activity }, { percent, critical_percent }) {
    const limit = activity.max_connections - activity.reserved_connections
    const used = (100 * activity.connections) / limit
    if (used < percent) return []
    return [
      {
        object: '',
        reason: `${activity.connections} of ${limit} connections are in use (${Math.round(used)} %).`,
        sql: "SELECT usename, application_name, state, count(*) FROM pg_stat_activity\n  WHERE backend_type = 'client backend' GROUP BY 1, 2, 3 ORDER BY 4 DESC;",
        severity: used >= critical_percent ? 'critical' : 'warning',
      },
    ]
  },
})
