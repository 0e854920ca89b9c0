import type { ClientBase } from 'pg'
import { selectRelations } from '../plan/dump_selection.ts'
import type { RestorePass } from '../plan/restore_dump.ts'
import { foreignKeysIn, rowsOf } from '../plan/restore_part.ts'
import { withClient } from '../postgres/connection.ts'
import { type Relation, readDatabaseFacts } from '../postgres/database_facts.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { readEntriesSql, runPasses } from './restore_dump_passes.ts'
import { stagingLogin } from './staging.ts'

export type Part = {
  /** Tables that have to be there with all of their rows. */
  wanted: string[]
  /** Those that have to go. */
  hypertables: Relation[]
}

/**
 * Some tables with all that belongs to them. pg_restore's own --table leaves out indexes, constraints and triggers. So
 * every definition is restored, the rows of the wanted tables only, and then the other tables are dropped. Foreign
 * keys come later, those to tables that are not there excepted.
 */
export async function runPartial(runtime: Runtime, facts: RestoreDumpFacts, context: Context): Promise<Part> {
  const { plan, settings } = facts
  const { signal } = context
  const ask = <T>(work: (client: ClientBase) => Promise<T>) =>
    withClient(stagingLogin(facts.staging), work, { signal })
  // What makes hypertables of tables is in TimescaleDB’s catalog: with it they are refused, or kept.
  await runPasses(runtime, facts, [...plan.definitions, ...plan.catalog], context)
  const { relations } = await ask(readDatabaseFacts)
  const { relations: wanted } = selectRelations(relations, settings)
  const rest = plan.rest.map(pass => ({
    ...pass,
    entries: rowsOf(pass.entries ?? [], relations, new Set(wanted)),
  }))
  await runPasses(runtime, facts, rest, context)
  const droppable = ['table', 'partitioned table', 'foreign table']
  const unwanted = relations.filter(
    ({ kind, isPartition, isChunk, ...relation }) =>
      droppable.includes(kind) && !isPartition && !isChunk && !wanted.some(({ oid }) => oid === relation.oid),
  )
  const gone = new Set(unwanted.map(({ oid }) => oid))
  const byOid = new Map(relations.map(relation => [relation.oid, relation]))
  await ask(async client => {
    // They would go with the tables that they are a part of, or inherit from.
    for (const { sql, parent, isPartition, isChunk } of wanted) {
      const other = parent !== null && !isChunk && gone.has(parent) ? byOid.get(parent) : undefined
      if (other === undefined) continue
      const part = `ALTER TABLE ${other.sql} DETACH PARTITION ${sql}`
      await client.query(isPartition ? part : `ALTER TABLE ${sql} NO INHERIT ${other.sql}`)
    }
    for (const relation of unwanted.filter(({ isHypertable }) => !isHypertable))
      await client.query(dropTable(relation))
  })
  const isWhole = ({ oid }: Relation) =>
    relations.every(part => !part.isPartition || part.parent !== oid || wanted.includes(part))
  return {
    wanted: wanted
      .filter(({ kind }) => kind === 'table' || kind === 'partitioned table')
      .filter(isWhole)
      .map(({ sql }) => sql),
    hypertables: unwanted.filter(({ isHypertable }) => isHypertable),
  }
}

const dropTable = ({ sql, kind }: Relation): string =>
  `DROP ${kind === 'foreign table' ? 'FOREIGN ' : ''}TABLE IF EXISTS ${sql} CASCADE`

/** After restoring mode: in it TimescaleDB’s catalog would keep them. */
export const dropHypertables = (facts: RestoreDumpFacts, { hypertables }: Part, { signal }: Context) =>
  withClient(
    stagingLogin(facts.staging),
    async client => {
      for (const relation of hypertables) await client.query(dropTable(relation))
    },
    { signal },
  )

/** One by one, when everything else is there. */
export async function addForeignKeys(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  passes: readonly RestorePass[],
  context: Context,
): Promise<void> {
  const entries = passes.flatMap(pass => pass.entries ?? [])
  if (entries.length === 0) return
  const keys = foreignKeysIn(await readEntriesSql(runtime, facts, entries, context))
  await withClient(
    stagingLogin(facts.staging),
    async client => {
      for (const key of keys) {
        const failure = await attempt(client, key)
        if (failure)
          context.log.warn(`A foreign key was left out, for its other table was not restored: ${failure}`)
      }
    },
    { signal: context.signal },
  )
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
