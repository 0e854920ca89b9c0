import { ToolkitError } from '../errors.ts'
import type { Runtime, ServerName } from '../runtime/runtime.ts'

/** Our own server through the socket inside its container, where no password is needed. */
export type LocalServer = {
  runtime: Runtime
  server: ServerName
  port: number
  /** The role to try first. */
  user: string
  signal?: AbortSignal | undefined
}

/**
 * A database of that name. psql takes a name with an equals sign in it for a whole connection string.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
export const connectionTo = (database: string): string => `dbname='${database.replace(/[\\']/g, '\\$&')}'`

const psql = (server: LocalServer, user: string, database: string): string[] => [
  'psql',
  ...['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
  ...['-p', String(server.port), '-U', user, '-d', connectionTo(database)],
]

/**
 * A role that may do everything. A restored cluster may call its superuser otherwise than ours is called.
 * @throws ToolkitError failed where no session can be opened.
 */
export async function findSuperuser(server: LocalServer): Promise<string> {
  const question = 'SELECT rolname FROM pg_roles WHERE rolsuper AND rolcanlogin ORDER BY oid LIMIT 1'
  let why = ''
  for (const user of new Set([server.user, 'postgres'])) {
    const argv = [...psql(server, user, 'template1'), '-c', question]
    const output = await server.runtime.server.exec(server.server, argv, { signal: server.signal })
    const [name] = output.stdout.split('\n')
    if (output.code === 0 && name) return name
    why = output.stderr
  }
  throw new ToolkitError('failed', { what: 'No superuser could be found in the cluster.', why })
}

/** Runs SQL that comes by standard input and gives what it printed. `variables` are psql's, for :'x' and :"x". */
export async function askLocally(
  server: LocalServer,
  superuser: string,
  sql: string,
  options: { database?: string; variables?: Record<string, string> } = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const variables = Object.entries(options.variables ?? {}).flatMap(([name, value]) => [
    '-v',
    `${name}=${value}`,
  ])
  const argv = [...psql(server, superuser, options.database ?? 'template1'), ...variables]
  return server.runtime.server.exec(server.server, argv, { input: sql, signal: server.signal })
}
