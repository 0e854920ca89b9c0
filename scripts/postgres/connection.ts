import pg from 'pg'
import { isAbort, ToolkitError } from '../errors.ts'
import type { Settings } from '../settings/options.ts'
import type { Prompt } from '../terminal/prompt.ts'
import { ignoredPassfile, storedPassword } from './passfile.ts'
import { type Tls, tlsAttempts } from './tls.ts'

/** Where and as whom; the password may be none where a passfile has it. */
export type Login = Pick<
  Settings,
  | 'host'
  | 'port'
  | 'user'
  | 'database'
  | 'password'
  | 'passfile'
  | 'sslMode'
  | 'sslRootCert'
  | 'sslCert'
  | 'sslKey'
  | 'connectTimeout'
> & {
  /** Client programs join the network of this container and find the server there, as its own pg_hba.conf expects. */
  via?: { container: string; host: string; port: number }
}

export type ConnectOptions = {
  /** Opens a walsender connection, as pg_basebackup will: it needs REPLICATION and a line in pg_hba.conf. */
  replication?: boolean
  signal?: AbortSignal | undefined
  /** SQL that is sent, for `--verbose`. */
  applicationName?: string
}

/**
 * The same login with a password, asked for at the terminal where nothing else gives one. A wrong password from
 * somewhere else is left for the server to refuse.
 */
export async function withPassword<T extends Login>(login: T, prompt: Prompt): Promise<T> {
  const known = login.password ?? storedPassword(login)
  if (known !== undefined) return { ...login, password: known }
  if (!prompt.interactive) return login
  const password = await prompt.ask(`Password of ${login.user} on ${login.host}:${login.port}: `, {
    hidden: true,
  })
  return { ...login, password: password ?? '' }
}

/**
 * Connects, works, and closes, whatever happens.
 * @throws ToolkitError connection with what the server said and what to do about it.
 */
export async function withClient<T>(
  login: Login,
  work: (client: pg.Client) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  options.signal?.throwIfAborted()
  const client = await connect(login, options)
  const cut = () => void client.end().catch(() => {})
  options.signal?.addEventListener('abort', cut, { once: true })
  try {
    return await work(client)
  } finally {
    options.signal?.removeEventListener('abort', cut)
    await client.end().catch(() => {})
  }
}

async function connect(login: Login, options: ConnectOptions): Promise<pg.Client> {
  let last: unknown
  for (const ssl of tlsAttempts(login)) {
    const client = createClient(login, ssl, options)
    try {
      await client.connect()
      // A database may have limits for its applications. What we do to all of it takes longer.
      if (!options.replication) await client.query('SET statement_timeout = 0; SET lock_timeout = 0')
      return client
    } catch (error) {
      last = error
      await client.end().catch(() => {})
      if (!worthAnotherAttempt(error, ssl)) break
    }
  }
  throw explainConnection(last, login)
}

function createClient(login: Login, ssl: Tls, options: ConnectOptions): pg.Client {
  const config: pg.ClientConfig & { replication?: string } = {
    host: login.host,
    port: login.port,
    user: login.user,
    database: login.database,
    // A function, so that node-postgres looks for none by itself. It is asked where the server wants one.
    password: (() => login.password ?? storedPassword(login)) as () => string,
    ssl,
    connectionTimeoutMillis: login.connectTimeout * 1000,
    application_name: options.applicationName ?? 'timescaledb-toolkit',
    ...(options.replication && { replication: 'true' }),
  }
  const client = new pg.Client(config)
  // A connection that breaks while nobody is asking must not end the process; the next query reports it.
  client.on('error', () => {})
  return client
}

function worthAnotherAttempt(error: unknown, ssl: Tls): boolean {
  const { code, message } = error as pg.DatabaseError
  const wantsTheOther = code === '28000' || /does not support SSL/i.test(message)
  return wantsTheOther || (ssl !== false && /ECONNRESET/.test(String(code)))
}

const at = (login: Login): string => `${login.host}:${login.port}`

/** Says in a beginner's words why there is no connection. */
export function explainConnection(error: unknown, login: Login): ToolkitError {
  if (error instanceof ToolkitError || isAbort(error)) return error as ToolkitError
  const { code, message } = error as { code?: string; message: string }
  const explanation = { ...wordsFor(code ?? '', message || String(code), login), cause: error }
  return new ToolkitError('connection', explanation)
}

function wordsFor(code: string, why: string, login: Login): { what: string; why: string; hint: string } {
  const where = at(login)
  switch (code) {
    case 'ECONNREFUSED':
      return {
        what: `Nothing answers at ${where}.`,
        why,
        hint: 'Is the database running? make status tells, make start starts our own. For another server set PGHOST and PGPORT.',
      }
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return { what: `There is no host called ${login.host}.`, why, hint: 'Check PGHOST, and the network.' }
    case '28P01':
      return {
        what: `The password of role “${login.user}” is wrong on ${where}.`,
        why,
        hint: 'Set PGPASSWORD_FILE, or PGPASSWORD in db/.env. A restored cluster has the passwords of the day it was saved;\nmake set-password sets a new one on our own database.',
      }
    case '28000':
      return {
        what: `${where} does not let role “${login.user}” in.`,
        why,
        hint: 'Check the role’s name, and that the server’s pg_hba.conf has a line for this machine.',
      }
    case '3D000':
      return { what: `There is no database “${login.database}” on ${where}.`, why, hint: 'Set PGDATABASE.' }
    case '53300':
      return {
        what: `${where} has no free connection.`,
        why,
        hint: 'Raise max_connections (for backups max_wal_senders), or end what holds them, and try again.',
      }
    case '57P03':
      return {
        what: `The server at ${where} is starting up or shutting down.`,
        why,
        hint: 'Try again in a moment.',
      }
    default:
      if (/password must be a string|SASL.*password/i.test(why)) {
        return {
          what: `The server at ${where} wants a password for role “${login.user}”, and none is set.`,
          why: ignoredPassfile(login) ?? 'The .pgpass file has no line that fits.',
          hint: 'Set PGPASSWORD_FILE, or PGPASSWORD in db/.env, or use a .pgpass file.',
        }
      }
      if (/timeout/i.test(why) || code === 'ETIMEDOUT') {
        return {
          what: `${where} does not answer.`,
          why,
          hint: 'Check PGHOST and PGPORT, and firewalls between.',
        }
      }
      return {
        what: `Cannot connect to ${where} as role “${login.user}”.`,
        why,
        hint: 'Check PGHOST, PGPORT, PGUSER and PGSSLMODE.',
      }
  }
}
