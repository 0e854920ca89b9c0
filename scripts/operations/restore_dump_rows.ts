import { ToolkitError } from '../errors.ts'
import { selectRelations } from '../plan/dump_selection.ts'
import { entryOf, rowsOf } from '../plan/restore_part.ts'
import { orderByReferences } from '../plan/row_order.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { type Relation, readDatabaseFacts } from '../postgres/database_facts.ts'
import { readTablesToFill } from '../postgres/empty_tables.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { type Fill, runRows } from './restore_dump_passes.ts'

export type FilledTables = { tables: number; rows: number }

/**
 * Rows alone, into tables that are there and empty: all of them, or none. They come in an order in which each finds
 * what it refers to; foreign keys and other constraints are looked at as always, and triggers do not fire, for what
 * they would do is in the rows already. Within the same transaction they are counted against the metadata.
 * @throws ToolkitError usage, prerequisite, failed
 */
export async function restoreRows(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<FilledTables> {
  const { backup, settings, plan, entries, server, staging } = facts
  const database = settings.targetDb ?? plan.database
  if (backup.format === 'plain') {
    throw new ToolkitError('usage', {
      what: `${backup.id} is plain SQL, of which nothing can be chosen, and nothing left out.`,
      hint: 'Restore all of it into a new database: leave ONLY out.',
    })
  }
  if (!server.databases.includes(database)) {
    throw new ToolkitError('usage', {
      what: `There is no database “${database}” that rows could go into.`,
      hint: 'ONLY=data fills tables that are there. Leave it out to have them made, or name another database: TARGET_DB=…',
    })
  }
  const login: Login = { ...staging.maintenance, database }
  const { fill, tables } = await withClient(
    login,
    async client => {
      const { relations } = await readDatabaseFacts(client)
      const { relations: wanted } = selectRelations(relations, { ...settings, only: 'data' })
      const withRows = rowsOf(entries, relations, new Set(wanted)).filter(isRows)
      refuseMissing(relations, withRows, facts)
      const tables = wanted.filter(table => withRows.some(entry => entryOf(entry, relations) === table))
      const known = await readTablesToFill(client, tables)
      refuseFilled(known.filled, database)
      const sorted = inOrder(tables, known.references)
      const sequences = relations.filter(
        ({ kind, oid }) => kind === 'sequence' && (!facts.isPartial || known.owned.has(oid)),
      )
      const entry = (relation: Relation) => entries.filter(line => entryOf(line, relations) === relation)
      const fill: Fill = {
        entries: [...sorted, ...sequences].flatMap(entry),
        triggers: known.triggers,
        counts: Object.entries(backup.metadata?.table_counts ?? {}).filter(([name]) =>
          tables.some(({ sql }) => sql === name),
        ),
      }
      return { fill, tables }
    },
    { signal: context.signal },
  )
  context.log.step(`Restoring the rows of ${tables.length} tables into “${database}” …`)
  await runRows(runtime, facts, login, fill, context)
  return { tables: tables.length, rows: fill.counts.reduce((sum, [, rows]) => sum + rows, 0) }
}

const isRows = (entry: string): boolean => / TABLE DATA /.test(entry)

/** Without a choice of tables everything is meant: a table that is not there would be passed over in silence. */
function refuseMissing(
  relations: readonly Relation[],
  found: readonly string[],
  { backup, isPartial }: RestoreDumpFacts,
): void {
  if (isPartial && found.length === 0) {
    throw new ToolkitError('usage', {
      what: `${backup.id} has no rows of these tables.`,
      hint: 'It may be a dump of others: its metadata.json says, under table_counts.',
    })
  }
  const there = new Set(relations.map(({ sql }) => sql))
  const missing = Object.keys(backup.metadata?.table_counts ?? {}).filter(name => !there.has(name))
  if (isPartial || missing.length === 0) return
  throw new ToolkitError('usage', {
    what: `${missing.length} tables of ${backup.id} are not in the database.`,
    why: missing.slice(0, 8).join('\n'),
    hint: 'Make them first, or choose: TABLES=…',
  })
}

function refuseFilled(filled: readonly string[], database: string): void {
  if (filled.length === 0) return
  throw new ToolkitError('usage', {
    what: `Of the tables of “${database}” ${filled.length} already have rows. Nothing was changed.`,
    why: filled.slice(0, 8).join('\n'),
    hint: 'Rows are restored into empty tables only. Empty them yourself (TRUNCATE), or restore beside them: leave ONLY out, TARGET_DB=…',
  })
}

function inOrder(
  tables: readonly Relation[],
  references: readonly { from: number; to: number }[],
): Relation[] {
  const byOid = new Map(tables.map(table => [table.oid, table]))
  const sorted = orderByReferences([...byOid.keys()], references)
  if ('order' in sorted) return sorted.order.flatMap(oid => byOid.get(oid) ?? [])
  throw new ToolkitError('prerequisite', {
    what: 'These tables refer to each other in a circle: in no order would every row find what it refers to.',
    why: sorted.cycle.map(oid => byOid.get(oid)?.sql).join(' → '),
    hint: 'Restore them into a new database, where the keys come last: leave ONLY out.',
  })
}
