import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { ToolkitError } from '../errors.ts'
import type { Folder } from '../runtime/runtime.ts'
import { shellWord } from '../terminal/shell_words.ts'
import type { Login } from './connection.ts'
import { withSecretFile } from './work_folder.ts'

const pathOf = (login: Pick<Login, 'passfile'>): string => login.passfile ?? join(homedir(), '.pgpass')

/**
 * The password that a .pgpass file has for a login. Read here, once, for node and for pg_basebackup alike:
 * that one would look for the database “replication”, which is accepted as well.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function storedPassword(login: Login): string | undefined {
  const path = pathOf(login)
  if (ignoredPassfile(login) !== undefined) return undefined
  const host = login.host.startsWith('/') ? ['localhost', login.host] : [login.host]
  const wanted = [host, [String(login.port)], [login.database, 'replication'], [login.user]]
  for (const line of readFileSync(path, 'utf8').split('\n').map(withoutReturns)) {
    const [password, ...fields] = fieldsOf(line).reverse()
    if (line.startsWith('#') || fields.length !== wanted.length) continue
    if (fields.reverse().every((field, i) => field === '*' || wanted[i]?.includes(unescaped(field))))
      return unescaped(password ?? '') || undefined
  }
  return undefined
}

/** Why the file does not count; libpq does not read what others can read either. */
export function ignoredPassfile(login: Pick<Login, 'passfile'>): string | undefined {
  const path = pathOf(login)
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined) return `there is no ${path}`
  if (!found.isFile()) return `${path} is not a file`
  return (found.mode & 0o077) !== 0
    ? `${path} is not read, because others can: chmod 600 ${shellWord(path)}`
    : undefined
}

const withoutReturns = (line: string): string => line.replace(/\r+$/, '')

/** Host, port, database, role and password end at a colon that is not escaped; behind the fifth nothing counts. */
const fieldsOf = (line: string): string[] =>
  /^((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:]|\\$)*)/s
    .exec(line)
    ?.slice(1) ?? []

const unescaped = (field: string): string => field.replace(/\\(.)/gs, '$1')

/** What a client program needs to log in without its password in argv or in its environment. */
export type ClientLogin = { env: Record<string, string>; folders: Folder[] }

/** @throws ToolkitError usage where no line of a passfile can hold the password. */
function passfileLine(password: string): string {
  if (!/\n|\r$|\0/.test(password)) return `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`
  throw new ToolkitError('usage', {
    what: 'The password holds a line end, and pg_basebackup cannot be given such a one.',
    why: 'It reads passwords from a file with one in each line.',
    hint: 'Connect as another role, or choose another password: make set-password',
  })
}

/** Writes a passfile for as long as the work lasts. */
export async function withClientLogin<T>(
  login: Login,
  work: (client: ClientLogin) => Promise<T>,
): Promise<T> {
  const files = [login.sslRootCert, login.sslCert, login.sslKey].filter(file => file !== undefined)
  const folders: Folder[] = files.map(path => ({ path, mode: 'ro' }))
  const env: Record<string, string> = {
    PGHOST: login.via?.host ?? login.host,
    PGPORT: String(login.via?.port ?? login.port),
    PGUSER: login.user,
    PGDATABASE: login.database,
    PGSSLMODE: login.sslMode,
    PGCONNECT_TIMEOUT: String(login.connectTimeout),
    ...(login.sslRootCert && { PGSSLROOTCERT: login.sslRootCert }),
    ...(login.sslCert && { PGSSLCERT: login.sslCert }),
    ...(login.sslKey && { PGSSLKEY: login.sslKey }),
  }
  if (login.host.startsWith('/')) folders.push({ path: login.host, mode: 'ro' })
  const password = login.password ?? storedPassword(login)
  if (password === undefined) return work({ env, folders })
  return withSecretFile('pgpass', passfileLine(password), PGPASSFILE =>
    work({ env: { ...env, PGPASSFILE }, folders: [...folders, { path: PGPASSFILE, mode: 'ro' }] }),
  )
}
