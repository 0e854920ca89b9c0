import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Folder } from '../runtime/runtime.ts'
import { type Login, passfileOf } from './connection.ts'

/** What a client program needs to log in without its password in argv or in its environment. */
export type ClientLogin = { env: Record<string, string>; folders: Folder[] }

/** https://www.postgresql.org/docs/current/libpq-pgpass.html: colons and backslashes are escaped. */
const passfileLine = (password: string): string => `*:*:*:*:${password.replace(/[\\:]/g, '\\$&')}\n`

/** Writes a passfile (0600 in a folder 0700) for as long as the work lasts. */
export async function withClientLogin<T>(
  login: Login,
  work: (client: ClientLogin) => Promise<T>,
): Promise<T> {
  const files = [login.sslRootCert, login.sslCert, login.sslKey].filter(file => file !== undefined)
  const folders: Folder[] = files.map(path => ({ path, mode: 'ro' }))
  const env: Record<string, string> = {
    PGHOST: login.host,
    PGPORT: String(login.port),
    PGUSER: login.user,
    PGDATABASE: login.database,
    PGSSLMODE: login.sslMode,
    PGCONNECT_TIMEOUT: String(login.connectTimeout),
    ...(login.sslRootCert && { PGSSLROOTCERT: login.sslRootCert }),
    ...(login.sslCert && { PGSSLCERT: login.sslCert }),
    ...(login.sslKey && { PGSSLKEY: login.sslKey }),
  }
  if (login.host.startsWith('/')) folders.push({ path: login.host, mode: 'ro' })
  if (login.password === undefined) {
    const PGPASSFILE = passfileOf(login)
    if (PGPASSFILE === undefined) return work({ env, folders })
    return work({ env: { ...env, PGPASSFILE }, folders: [...folders, { path: PGPASSFILE, mode: 'ro' }] })
  }
  const folder = await mkdtemp(join(tmpdir(), 'toolkit-'))
  try {
    const PGPASSFILE = join(folder, 'pgpass')
    await writeFile(PGPASSFILE, passfileLine(login.password), { mode: 0o600 })
    return await work({
      env: { ...env, PGPASSFILE },
      folders: [...folders, { path: PGPASSFILE, mode: 'ro' }],
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
