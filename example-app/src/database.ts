import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import pg from 'pg'
import { ChartError } from './errors.ts'
import { type Settings, settingsFrom, tlsOf } from './settings.ts'

export type Database = {
  rows<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

/** Milliseconds to wait for a server that says nothing. */
const patience = 10_000

/**
 * Connects, works, and closes, whatever happens. Nothing can be changed through this connection.
 * @throws ChartError connection, prerequisite.
 */
export async function withDatabase<T>(
  signal: AbortSignal,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const settings = readSettings()
  const client = new pg.Client({
    ...settings,
    ssl: tlsOf(settings),
    connectionTimeoutMillis: patience,
    application_name: 'example-app',
  })
  // A connection that breaks while nobody is asking must not end the process; the next query says so.
  client.on('error', () => {})
  const cut = () => void client.end().catch(() => {})
  signal.addEventListener('abort', cut, { once: true })
  const explain = (error: unknown): never => {
    signal.throwIfAborted()
    throw explainDatabase(error, settings)
  }
  const database: Database = {
    async rows(sql, values = []) {
      const result = await client.query(sql, [...values]).catch(explain)
      return result.rows
    },
  }
  try {
    await connect(client).catch(explain)
    await database.rows('SET default_transaction_read_only = on')
    // When we are gone, the server stops working for us within a second. Not every system's server can do that.
    await client.query('SET client_connection_check_interval = 1000').catch(() => {})
    return await work(database)
  } finally {
    signal.removeEventListener('abort', cut)
    await client.end().catch(() => {})
  }
}

async function connect(client: pg.Client): Promise<void> {
  const started = performance.now()
  await client.connect().catch(error => {
    // What is said of it differs from version to version.
    throw performance.now() - started < patience ? error : Object.assign(error, { code: 'ETIMEDOUT' })
  })
}

/**
 * The environment, then .env of this folder. Where neither names a host, that of the toolkit which this app comes with:
 * its password is for its own server, and for no other.
 */
function readSettings(): Settings {
  const app = join(import.meta.dirname, '..')
  const own = [process.env, readDotenv(join(app, '.env'))]
  if (own.some(({ PGHOST, POSTGRES_HOST }) => PGHOST || POSTGRES_HOST)) return settingsFrom(own)
  return settingsFrom([...own, readDotenv(join(process.env.TOOLKIT_HOME || join(app, '../db'), '.env'))])
}

function readDotenv(file: string): Record<string, string> {
  try {
    return parse(readFileSync(file))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ChartError('prerequisite', `A file with settings cannot be read: ${(error as Error).message}`)
  }
}

function explainDatabase(error: unknown, { host, port, user, database }: Settings): ChartError {
  const { code = '', message } = error as { code?: string; message: string }
  const at = `${host}:${port}`
  switch (code) {
    case 'ECONNREFUSED':
      return new ChartError(
        'connection',
        `Nothing answers at ${at}.`,
        'Is the database running? make start, in the folder db. For another server: PGHOST and PGPORT.',
      )
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ChartError(
        'connection',
        `There is no host called ${host}.`,
        'Check PGHOST, and the network.',
      )
    case 'ETIMEDOUT':
      return new ChartError(
        'connection',
        `${at} does not answer.`,
        'Check PGHOST and PGPORT, and firewalls between.',
      )
    case '28P01':
      return new ChartError(
        'connection',
        `The password of role “${user}” is wrong on ${at}.`,
        'Set PGPASSWORD in the file .env of this folder, or PGPASSWORD_FILE.',
      )
    case '28000':
      return new ChartError(
        'connection',
        `The server at ${at} does not let role “${user}” in: ${message}.`,
        'Check PGUSER. Where it asks for encryption: PGSSLMODE=require.',
      )
    case '3D000':
      return new ChartError('connection', `There is no database “${database}” on ${at}.`, 'Set PGDATABASE.')
    case '42501':
      return new ChartError(
        'connection',
        `The role “${user}” may not read: ${message}.`,
        'The owner of the table may allow it: GRANT SELECT.',
      )
    case '42P01':
      return new ChartError(
        'prerequisite',
        `A table is missing: ${message}.`,
        'The sample data: make sample, in the folder db. Is PGDATABASE the right database?',
      )
    case '42703':
    case '42883':
      return new ChartError(
        'prerequisite',
        `A table is not as it should be: ${message}.`,
        'The metric’s SQL stands in src/metrics.',
      )
    default:
      if (/password must be a string/i.test(message))
        return new ChartError(
          'connection',
          `The server at ${at} wants a password for role “${user}”, and none is set.`,
          'Set PGPASSWORD in the file .env of this folder, or PGPASSWORD_FILE.',
        )
      return new ChartError(
        'connection',
        `Asking the server at ${at} failed: ${message || code}.`,
        'Is it still there? make status, in the folder db. For another server: PGHOST, PGPORT and PGSSLMODE.',
      )
  }
}
