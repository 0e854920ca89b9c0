import type pg from 'pg'
import { expect, vi } from 'vitest'
import type { Inventory } from '../../catalog/inventory.ts'
import { compareInventory } from '../../plan/compare_inventory.ts'
import { readInventory } from '../../postgres/inventory/read.ts'
import { besideServer } from '../helpers/server.ts'
import type { Toolkit } from '../helpers/toolkit.ts'

/** A database of its own, by these statements, and a session in it. */
export async function make(
  toolkit: Toolkit,
  database: string,
  statements: readonly string[],
): Promise<pg.Client> {
  await toolkit.sql(`CREATE DATABASE "${database}" TEMPLATE template0`)
  const client = await toolkit.client(database)
  for (const statement of statements) await client.query(statement)
  return client
}

/** Dumped and restored in the order that TimescaleDB wants: its extension first, and in its restoring mode. */
export async function copy(
  toolkit: Toolkit,
  from: string,
  to: string,
  timescale: boolean,
): Promise<pg.Client> {
  const client = await make(
    toolkit,
    to,
    timescale ? ['CREATE EXTENSION timescaledb', 'SELECT timescaledb_pre_restore()'] : [],
  )
  const programs =
    'export PGPORT=$1 PGUSER=postgres; file=$(mktemp); pg_dump -Fc -f "$file" "$2"; pg_restore --exit-on-error -d "$3" "$file"; rm "$file"'
  await besideServer(toolkit, 'bash', '-euc', programs, 'copy', String(toolkit.port), from, to)
  if (timescale) await client.query('SELECT timescaledb_post_restore()')
  return client
}

/** As a save reads it. */
export async function read(client: pg.Client): Promise<Inventory> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  try {
    return await readInventory(client)
  } finally {
    await client.query('ROLLBACK')
  }
}

/** One loss after another, each taken back; all that were found are compared at once. */
export async function found(client: pg.Client, before: Inventory, all: readonly { sql: string }[]) {
  const results: object[] = []
  for (const { sql } of all) {
    await client.query('BEGIN')
    await client.query(sql)
    results.push({ sql, lines: compareInventory(before, await readInventory(client)) })
    await client.query('ROLLBACK')
  }
  return results
}

/** How many statements the server gets for an inventory. */
export async function statementsOf(client: pg.Client): Promise<number> {
  const query = vi.spyOn(client, 'query')
  await readInventory(client)
  const { length } = query.mock.calls
  query.mockRestore()
  expect(length).toBeGreaterThan(3)
  return length
}
