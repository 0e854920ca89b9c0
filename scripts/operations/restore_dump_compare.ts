import type { Inventory } from '../catalog/inventory.ts'
import { ToolkitError } from '../errors.ts'
import { compareCounts } from '../plan/compare_counts.ts'
import { compareInventory } from '../plan/compare_inventory.ts'
import { withClient } from '../postgres/connection.ts'
import { readDatabaseFacts } from '../postgres/database_facts.ts'
import { readInventory } from '../postgres/inventory/read.ts'
import { countRows } from '../postgres/row_counts.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import type { Filled } from './restore_dump_into.ts'
import { stagingLogin } from './staging.ts'

export type Proven = {
  counts: Record<string, number>
  notes: string[]
  /** Jobs that were held, and ran before. */
  jobs: number[]
}

/**
 * Compares what was restored with what the dump's metadata says of the database that it was made of.
 * @throws ToolkitError verification naming each difference.
 */
export async function proveRestored(
  facts: RestoreDumpFacts,
  { held, wanted }: Filled,
  { signal }: Context,
): Promise<Proven> {
  const { backup, settings, isPartial } = facts
  const { metadata } = backup
  const { counts, inventory, restoring } = await withClient(
    stagingLogin(facts.staging),
    async client => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
      await client.query('SET LOCAL row_security = off')
      const { rows } = await client.query(
        `SELECT current_setting('timescaledb.restoring', true) AS restoring`,
      )
      const { relations, timescaledb } = await readDatabaseFacts(client)
      const inventory = await readInventory(client)
      const counted = await countRows(client, relations, {
        timescaledb: timescaledb !== undefined,
        inRecovery: false,
      })
      return { counts: counted.tables, inventory, restoring: rows[0].restoring }
    },
    { signal },
  )
  const notes: string[] = []
  if (backup.format === 'plain')
    notes.push('plain SQL does not say the settings, the comment and the privileges of the database itself')
  const problems: string[] = []
  if (restoring === 'on') problems.push('TimescaleDB is still in restoring mode')
  const withRows = settings.only !== 'schema' && metadata?.selection.only !== 'schema'
  if (metadata === undefined) {
    notes.push('there is no metadata.json: the tables were counted, and compared with nothing')
  } else if (isPartial) {
    const expected = Object.entries(metadata.table_counts).filter(([name]) => wanted.includes(name))
    const found = Object.entries(counts).filter(([name]) => expected.some(([known]) => known === name))
    const [was, is] = [expected, found].map(entries =>
      Object.fromEntries(entries.map(([name, rows]) => [name, withRows ? rows : 0])),
    )
    problems.push(...compareCounts(was ?? {}, is ?? {}))
    notes.push('only a part was restored: its rows were compared, and nothing else')
  } else {
    if (withRows) problems.push(...compareCounts(metadata.table_counts, counts))
    const { selection } = metadata
    const isWhole = selection.tables.length + selection.exclude_tables.length + selection.schemas.length === 0
    const jobs = inventory.jobs.map(job => ({ ...job, scheduled: job.scheduled || held.includes(job.id) }))
    const is = { ...inventory, jobs }
    if (isWhole)
      problems.push(
        ...compareInventory(metadata.inventory, withRows ? is : asIfFilled(is, metadata.inventory)),
      )
    else notes.push('the dump is of a part of the database: its rows were compared, and nothing else')
  }
  if (problems.length > 0) {
    throw new ToolkitError('verification', {
      what: `What was restored is not what ${backup.id} says. It was dropped; every other database is as it was.`,
      why: problems.join('\n'),
      hint: 'Try again; where it happens twice, restore another dump (make list), and report what is above.',
    })
  }
  return { counts, notes, jobs: [...held] }
}

/** Definitions alone: sequences were not set, nothing was refreshed, and there are no large objects. */
const asIfFilled = (is: Inventory, was: Inventory): Inventory => ({
  ...is,
  sequences: was.sequences,
  unpopulated: was.unpopulated,
  large_objects: was.large_objects,
})
