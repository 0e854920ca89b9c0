import type { ClientBase } from 'pg'
import { createDatabase, type RestorePass, renameInSql } from '../plan/restore_dump.ts'
import { splitForeignKeys } from '../plan/restore_part.ts'
import { withClient } from '../postgres/connection.ts'
import { readDatabaseFacts } from '../postgres/database_facts.ts'
import { identifier, markAsBeingMade } from '../postgres/databases.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { addForeignKeys, dropHypertables, type Part, runPartial } from './restore_dump_partial.ts'
import { readDatabaseSql, runPasses, runPlain, withSizeProgress } from './restore_dump_passes.ts'
import { stagingLogin } from './staging.ts'
import { beginTimescale, endTimescale } from './timescale_restore.ts'

/** An empty database as the dumped one was made, with our mark on it. */
export async function createStaging(facts: RestoreDumpFacts, { log, signal }: Context): Promise<void> {
  const { staging, server, backup } = facts
  const described = backup.metadata?.database
  await withClient(
    staging.maintenance,
    async client => {
      try {
        await client.query(createDatabase(staging.name, described, server))
      } catch (error) {
        if (!/locale|encoding/i.test((error as Error).message)) throw error
        log.warn(
          `This server has no locale “${described?.locale ?? described?.collate}”: the database gets that of the server.\nText may sort otherwise; indexes are built anew, so nothing is wrong with them.`,
        )
        await client.query(createDatabase(staging.name, described, { ...server, fallback: true }))
      }
      await markAsBeingMade(client, staging.name)
    },
    { signal },
  )
}

export type Filled = { held: number[]; wanted: string[] }

/**
 * Everything that the dump has, in the order that TimescaleDB asks for. Gives the jobs that were running, and are held; and, of a part,
 * the tables that have to be there.
 */
export async function fillStaging(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<Filled> {
  const { plan, isPartial, backup, staging } = facts
  const { log, signal } = context
  const login = stagingLogin(staging)
  const ask = <T>(work: (client: ClientBase) => Promise<T>) => withClient(login, work, { signal })
  const { timescaledb } = plan
  if (timescaledb) await ask(client => beginTimescale(client, timescaledb, backup.metadata?.inventory))
  let part: Part = { wanted: [], hypertables: [] }
  await withSizeProgress(facts, context, async () => {
    if (plan.source.format === 'plain') await runPlain(runtime, facts, context)
    else if (isPartial) part = await runPartial(runtime, facts, context)
    else await runPasses(runtime, facts, [...plan.definitions, ...plan.catalog, ...plan.rest], context)
  })
  const addKeys = (passes: RestorePass[]) =>
    isPartial ? addForeignKeys(runtime, facts, passes, context) : runPasses(runtime, facts, passes, context)
  const keys = timescaledb
    ? await ask(async client => splitKeys(plan.foreignKeys, (await readDatabaseFacts(client)).relations))
    : { restoring: [], after: plan.foreignKeys }
  await addKeys(keys.restoring)
  const held = timescaledb ? await ask(client => endTimescale(client, timescaledb)) : []
  if (timescaledb) await dropHypertables(facts, part, context)
  await addKeys(keys.after)
  log.step('Analysing …')
  await ask(client => client.query('ANALYZE'))
  await restoreProperties(runtime, facts, context)
  return { held, wanted: part.wanted }
}

function splitKeys(passes: readonly RestorePass[], relations: Parameters<typeof splitForeignKeys>[1]) {
  const split = passes.map(pass => ({ pass, ...splitForeignKeys(pass.entries ?? [], relations) }))
  return {
    restoring: split.map(({ pass, restoring }) => ({ ...pass, entries: restoring })),
    after: split.map(({ pass, after }) => ({ ...pass, entries: after })),
  }
}

/** Owner, settings, comment and privileges of the database itself, under its new name. */
async function restoreProperties(runtime: Runtime, facts: RestoreDumpFacts, context: Context): Promise<void> {
  const { backup, settings, staging } = facts
  const { metadata } = backup
  const sql = backup.format === 'plain' ? '' : await readDatabaseSql(runtime, facts, context)
  await withClient(staging.maintenance, async client => {
    const owner = settings.noOwner ? undefined : metadata?.database.owner
    if (owner) await client.query(`ALTER DATABASE ${identifier(staging.name)} OWNER TO ${identifier(owner)}`)
    if (metadata === undefined || sql.trim() === '') return
    try {
      await client.query(renameInSql(sql, metadata.database_name, staging.name))
    } catch (error) {
      context.log.warn(
        `Settings, comment or privileges of the database itself were not restored: ${(error as Error).message}`,
      )
    }
  })
}
