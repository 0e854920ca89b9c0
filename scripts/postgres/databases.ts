import { setTimeout as sleep } from 'node:timers/promises'
import pg, { type ClientBase } from 'pg'
import { type Login, withClient } from './connection.ts'

/** What a server has, for a database that is to be restored into it. */
export type TargetServer = {
  major: number
  version: string
  isSuperuser: boolean
  mayCreate: boolean
  inRecovery: boolean
  databases: string[]
  roles: string[]
  tablespaces: string[]
  /** Versions of each extension that can be created. */
  extensions: Map<string, string[]>
  /** Whether shared_preload_libraries has TimescaleDB, without which it cannot be created. */
  timescaledbLoaded: boolean
}

export async function readTargetServer(client: ClientBase): Promise<TargetServer> {
  const { rows } = await client.query(`
    SELECT current_setting('server_version_num')::int / 10000 AS major,
      current_setting('server_version') AS version,
      r.rolsuper AS "isSuperuser", r.rolsuper OR r.rolcreatedb AS "mayCreate",
      pg_is_in_recovery() AS "inRecovery",
      (SELECT array_agg(datname::text) FROM pg_database) AS databases,
      (SELECT array_agg(rolname::text) FROM pg_roles) AS roles,
      (SELECT array_agg(spcname::text) FROM pg_tablespace) AS tablespaces,
      (SELECT jsonb_object_agg(name, versions) FROM (
        SELECT name, jsonb_agg(version) AS versions FROM pg_available_extension_versions GROUP BY 1) v) AS extensions,
      current_setting('timescaledb.disable_load', true) IS NOT NULL AS "timescaledbLoaded"
    FROM pg_roles r WHERE r.rolname = current_user`)
  const [row] = rows
  return { ...row, extensions: new Map(Object.entries(row.extensions ?? {})) }
}

/** The database to be connected to while another one is made, renamed or dropped. */
export const maintenanceOf = (login: Login, ...busy: readonly string[]): Login => ({
  ...login,
  database: busy.includes('postgres') ? 'template1' : 'postgres',
})

export type ClientSession = { pid: number; user: string; application: string; address: string }

/** People and programs that are connected to a database; not the server's own workers. */
export async function sessionsIn(client: ClientBase, database: string): Promise<ClientSession[]> {
  const { rows } = await client.query(
    `SELECT pid, coalesce(usename::text, '') AS user, application_name AS application,
       coalesce(host(client_addr), 'local') AS address
     FROM pg_stat_activity
     WHERE datname = $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY pid`,
    [database],
  )
  return rows
}

export const identifier = (name: string): string => pg.escapeIdentifier(name)

/**
 * What a database carries that is not yet one: whoever finds it later may drop it. A setting, for those are part of a
 * transaction, and unlike a comment it is not one that the dump might bring along.
 */
const mark = 'timescaledb_toolkit.being_made'

export async function isBeingMade(client: ClientBase, database: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `SELECT FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
     WHERE d.datname = $1 AND s.setrole = 0 AND $2 = ANY (s.setconfig)`,
    [database, `${mark}=on`],
  )
  return rowCount === 1
}

export const markAsBeingMade = (client: ClientBase, database: string): Promise<unknown> =>
  client.query(`ALTER DATABASE ${identifier(database)} SET ${mark} = 'on'`)

/** Ends whatever is connected to it as well. https://www.postgresql.org/docs/current/sql-dropdatabase.html */
export async function dropDatabase(client: ClientBase, database: string): Promise<void> {
  // The dump may have made it a template, of which none can be dropped.
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1 AND datistemplate', [
    database,
  ])
  if (rowCount) await client.query(`ALTER DATABASE ${identifier(database)} IS_TEMPLATE false`)
  await client.query(`DROP DATABASE IF EXISTS ${identifier(database)} WITH (FORCE)`)
}

/**
 * Works while the server's own workers are kept out of databases: TimescaleDB's scheduler is connected to each, and
 * neither a rename nor a copy may have anybody connected. The statement holds the lock that keeps new ones away.
 */
export async function withoutWorkers<T>(
  login: Login,
  databases: readonly string[],
  work: () => Promise<T>,
): Promise<T> {
  let done = false
  const ending = withClient(login, async client => {
    while (!done) {
      await client.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = ANY ($1) AND backend_type <> 'client backend'`,
        [databases],
      )
      await sleep(50)
    }
  })
  try {
    return await work()
  } finally {
    done = true
    await ending.catch(() => {})
  }
}

/**
 * Gives databases other names, all in one transaction: nobody sees one without the other. It waits some seconds for
 * those who are connected to leave, and changes nothing where they do not.
 * @throws the server's error: 55006 where somebody is connected.
 */
export async function renameDatabases(
  login: Login,
  renames: readonly { from: string; to: string; closed?: boolean }[],
): Promise<void> {
  await withoutWorkers(
    login,
    renames.map(({ from }) => from),
    () =>
      withClient(login, async client => {
        await client.query('BEGIN')
        for (const { from, to, closed } of renames) {
          await client.query(`ALTER DATABASE ${identifier(from)} RENAME TO ${identifier(to)}`)
          await client.query(`ALTER DATABASE ${identifier(to)} RESET ${mark}`)
          // Its jobs would go on: policies would delete, and tell others about it.
          if (closed) await client.query(`ALTER DATABASE ${identifier(to)} ALLOW_CONNECTIONS false`)
        }
        await client.query('COMMIT')
      }),
  )
}
