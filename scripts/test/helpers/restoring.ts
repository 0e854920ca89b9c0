import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DumpMetadata, sealMetadata } from '../../catalog/metadata.ts'
import { identifier } from '../../postgres/databases.ts'
import { readTableHashes, type TableHash } from '../../postgres/table_hashes.ts'
import type { Run, RunOptions, Toolkit } from './toolkit.ts'

/** Databases that are dumped, restored and cloned. */

/** A database of its own, by these statements. */
export async function makeDatabase(
  toolkit: Toolkit,
  database: string,
  statements: readonly string[] = [],
): Promise<void> {
  await toolkit.sql(`CREATE DATABASE ${identifier(database)} TEMPLATE template0`)
  const client = await toolkit.client(database)
  try {
    for (const statement of statements) await client.query(statement)
  } finally {
    await client.end()
  }
}

/** Dumps it and gives the dump's id. */
export async function dump(toolkit: Toolkit, database: string, ...args: string[]): Promise<string> {
  return (await toolkit.json('dump.ts', ['--db', database, ...args])).metadata.id
}

export const restore = (
  toolkit: Toolkit,
  id: string,
  args: string[] = [],
  options?: RunOptions,
): Promise<Run> => toolkit.run('restore_dump.ts', ['--file', id, ...args], options)

/** Restores under another name, which has to succeed, and gives what was done. */
export const restoreAs = (toolkit: Toolkit, id: string, name: string, ...args: string[]) =>
  toolkit.json('restore_dump.ts', ['--file', id, '--target-db', name, ...args])

/** Names of all databases but the server's own. */
export async function databases(toolkit: Toolkit): Promise<string[]> {
  const rows = await toolkit.sql(`SELECT datname FROM pg_database
    WHERE datname NOT IN ('postgres', 'template0', 'template1') ORDER BY datname COLLATE "C"`)
  return rows.map(({ datname }) => datname)
}

export async function hashes(toolkit: Toolkit, database: string): Promise<Record<string, TableHash>> {
  const client = await toolkit.client(database)
  try {
    return await readTableHashes(client)
  } finally {
    await client.end()
  }
}

/** While the work lasts the metadata of a dump says something else, sealed by somebody who knows how. */
export async function withMetadata<T>(
  toolkit: Toolkit,
  id: string,
  change: (metadata: DumpMetadata) => void,
  work: () => Promise<T>,
): Promise<T> {
  const path = join(toolkit.backupsDir, `${id}.metadata.json`)
  const before = await readFile(path, 'utf8')
  const { metadata_sha256: _, ...metadata } = JSON.parse(before) as DumpMetadata
  change(metadata as DumpMetadata)
  await writeFile(path, sealMetadata(metadata))
  try {
    return await work()
  } finally {
    await writeFile(path, before)
  }
}
