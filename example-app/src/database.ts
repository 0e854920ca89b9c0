import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'dotenv'
import pg from 'pg'
import { ChartError } from './errors.ts'
import { type Settings, settingsFrom, tlsOf } from './settings.ts'

export type Database = {
  rows<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
}

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
    connectionTimeoutMillis: 10_000,
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
    await client.connect().catch(explain)
    await database.rows('SET default_transaction_read_only = on')
    // When we are gone, the server stops working for us within a second. Not every system's server can do that.
    await client.query('SET client_connection_check_interval = 1000').catch(() => {})
    return await work(database)
  } finally {
    signal.removeEventListener('abort', cut)
    await client.end().catch(() => {})
  }
}

/** The environment, then .env of this folder, then that of the toolkit that this app comes with. */
function readSettings(): Settings {
  const app = join(import.meta.dirname, '..')
  const toolkit = process.env.TOOLKIT_HOME ?? join(app, '../db')
  const files = [join(app, '.env'), join(toolkit, '.env')]
  return settingsFrom([process.env, ...files.map(readDotenv)])
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
