import type { ClientBase } from 'pg'
import { selectRelations } from '../plan/dump_selection.ts'
import type { RestorePass } from '../plan/restore_dump.ts'
import { foreignKeyOf, rowsOf } from '../plan/restore_part.ts'
import { withClient } from '../postgres/connection.ts'
import { readDatabaseFacts } from '../postgres/database_facts.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { readEntrySql, runPasses } from './restore_dump_passes.ts'
import { stagingLogin } from './staging.ts'

/**
 * Some tables with all that belongs to them. pg_restore's own --table leaves out indexes, constraints and triggers. So
 * every definition is restored, the rows of the wanted tables only, and then the other tables are dropped. Foreign
 * keys come later, those to tables that are not there excepted.
 */
export async function runPartial(runtime: Runtime, facts: RestoreDumpFacts, context: Context): Promise<void> {
  const { plan, settings } = facts
  const { signal } = context
  const ask = <T>(work: (client: ClientBase) => Promise<T>) =>
    withClient(stagingLogin(facts.staging), work, { signal })
  await runPasses(runtime, facts, plan.definitions, context)
  const { relations } = await ask(readDatabaseFacts)
  const { relations: wanted } = selectRelations(relations, settings)
  const data = plan.data.map(pass => ({
    ...pass,
    entries: rowsOf(pass.entries ?? [], relations, new Set(wanted)),
  }))
  await runPasses(runtime, facts, [...data, ...plan.indexes], context)
  const droppable = ['table', 'partitioned table', 'materialized view', 'view', 'foreign table']
  const unwanted = relations.filter(
    relation => !wanted.includes(relation) && droppable.includes(relation.kind) && !relation.isPartition,
  )
  await ask(async client => {
    for (const { sql, kind } of unwanted.filter(({ kind }) => !/view/.test(kind)))
      await client.query(`DROP ${kind === 'foreign table' ? 'FOREIGN ' : ''}TABLE IF EXISTS ${sql} CASCADE`)
  })
}

/** One by one, when everything else is there. */
export async function addForeignKeys(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  passes: readonly RestorePass[],
  context: Context,
): Promise<void> {
  const entries = passes.flatMap(pass => pass.entries ?? [])
  for (const entry of entries) {
    const key = foreignKeyOf(await readEntrySql(runtime, facts, entry, context))
    if (key === undefined) continue
    const failure = await withClient(stagingLogin(facts.staging), client => attempt(client, key), {
      signal: context.signal,
    })
    if (failure)
      context.log.warn(`A foreign key was left out, for its other table was not restored: ${failure}`)
  }
}

/** Undefined where it worked, and where the table of the key itself was not wanted. */
async function attempt(client: ClientBase, { table, statement }: { table: string; statement: string }) {
  const { rows } = await client.query('SELECT to_regclass($1) IS NOT NULL AS there', [table])
  if (!rows[0].there) return undefined
  try {
    await client.query(statement)
    return undefined
  } catch (error) {
    if ((error as { code?: string }).code !== '42P01') throw error
    return statement.replace(/\s+/g, ' ')
  }
}
