import { ToolkitError } from '../errors.ts'
import { compareHashes } from '../plan/compare_counts.ts'
import { withClient } from '../postgres/connection.ts'
import { identifier, markAsBeingMade, withoutWorkers } from '../postgres/databases.ts'
import { readTableHashes, type TableHash } from '../postgres/table_hashes.ts'
import type { Context } from '../settings/command.ts'
import type { CloneFacts } from './clone.ts'
import { stagingLogin } from './staging.ts'
import { holdJobs } from './timescale_restore.ts'

export type Copied = { hashes: Record<string, TableHash>; held: number[]; notes: string[] }

/** From here on the files are copied outside of the WAL, which is faster than writing them twice. */
const largeBytes = 1024 ** 3

/**
 * The server copies the files of a database that nobody is connected to; meanwhile nobody can connect.
 * https://www.postgresql.org/docs/current/sql-createdatabase.html
 */
export async function copyByTemplate(facts: CloneFacts, { log, signal }: Context): Promise<Copied> {
  const { source, database, staging, server } = facts
  const strategy = server.major >= 15 && (database.bytes ?? 0) > largeBytes ? ' STRATEGY FILE_COPY' : ''
  const writesBefore = await writesOf(facts)
  log.step(`Copying database “${database.name}” …`)
  // Of the clone as well: none of its jobs may begin before it is held.
  const held = await withoutWorkers(staging.maintenance, [database.name, staging.name], async () => {
    await withClient(
      staging.maintenance,
      async client => {
        await client.query(
          `CREATE DATABASE ${identifier(staging.name)} TEMPLATE ${identifier(database.name)}${strategy}`,
        )
        await markAsBeingMade(client, staging.name)
      },
      { signal },
    )
    if (!database.timescaledb) return []
    return withClient(stagingLogin(staging), holdJobs, { signal })
  })
  log.step('Comparing every table …')
  const was = await withClient(source, client => readTableHashes(client), { signal })
  const hashes = await withClient(stagingLogin(staging), client => readTableHashes(client), { signal })
  const problems = compareHashes(was, hashes)
  if (problems.length === 0) return { hashes, held, notes: [] }
  if ((await writesOf(facts)) !== writesBefore)
    return { hashes, held, notes: [`the source has been written to since: ${problems.join('; ')}`] }
  throw different(facts, problems)
}

/** Rows that were written in the source, of all sessions so far. */
async function writesOf({ staging, database }: CloneFacts): Promise<string> {
  const { rows } = await withClient(staging.maintenance, client =>
    client.query(
      `SELECT tup_inserted + tup_updated + tup_deleted AS writes FROM pg_stat_database WHERE datname = $1`,
      [database.name],
    ),
  )
  return String(rows[0]?.writes)
}

export const different = ({ database, staging }: CloneFacts, problems: readonly string[]): ToolkitError =>
  new ToolkitError('verification', {
    what: `The clone is not what “${database.name}” is. It was dropped; “${staging.database}” was not made.`,
    why: problems.join('\n'),
    hint: 'Try again; where it happens twice, check the disk (dmesg), and report what is above.',
  })
