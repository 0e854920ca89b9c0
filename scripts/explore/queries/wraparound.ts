import type { Query } from './query.ts'

/** How old the oldest rows of every database are: the server stops for all of them when one is too old. */
export const wraparoundQuery: Query<'wraparound'> = {
  name: 'wraparound',
  subject: 'the age of the oldest rows',
  async read(ask) {
    const databases = await ask(`SELECT datname::text AS name, age(datfrozenxid)::float8 AS xid_age,
        mxid_age(datminmxid)::float8 AS mxid_age, datallowconn AS allows_connections
      FROM pg_database ORDER BY datname COLLATE "C"`)
    const [limits] = await ask(`SELECT current_setting('autovacuum_freeze_max_age')::float8 AS xid,
        current_setting('autovacuum_multixact_freeze_max_age')::float8 AS mxid`)
    return {
      databases,
      autovacuum_freeze_max_age: limits.xid,
      autovacuum_multixact_freeze_max_age: limits.mxid,
    }
  },
}
