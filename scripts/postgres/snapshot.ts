import type { ClientBase } from 'pg'
import type { Relation } from './database_facts.ts'

/** Names in one LOCK. */
const batch = 500

/**
 * Begins the transaction that a dump takes place in: first the locks, which only keep tables from being altered, then
 * the snapshot. The other way round a table that is rewritten between the two would be seen as empty.
 * Gives the snapshot's name for `pg_dump --snapshot`; it holds for as long as the transaction.
 * https://www.postgresql.org/docs/current/sql-set-transaction.html · sql-lock.html
 */
export async function beginSnapshot(
  client: ClientBase,
  relations: readonly Relation[],
  lockTimeoutSeconds: number,
): Promise<string> {
  // Who counts rows for minutes would else go on, and keep its locks, when we are long gone. Version 14 and newer.
  // Before the transaction: within it this would take its snapshot, before the locks.
  await client.query(`SELECT set_config(name, '5s', false) FROM pg_settings
    WHERE name = 'client_connection_check_interval' AND setting = '0' AND version() ~ 'linux'`)
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query(`SET LOCAL lock_timeout = '${lockTimeoutSeconds}s'; SET LOCAL statement_timeout = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL row_security = off`)
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
  for (let i = 0; i < tables.length; i += batch) {
    const names = tables.slice(i, i + batch).map(({ sql }) => `ONLY ${sql}`)
    await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`)
  }
  const { rows } = await client.query('SELECT pg_export_snapshot() AS snapshot')
  return rows[0].snapshot
}
