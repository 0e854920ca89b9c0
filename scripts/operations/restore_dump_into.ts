import type { ClientBase } from 'pg'
import { ToolkitError } from '../errors.ts'
import { createDatabase, renameInSql } from '../plan/restore_dump.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { identifier, mark } from '../postgres/databases.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'
import { holdJobs } from './restore_dump_jobs.ts'
import { finishPartial } from './restore_dump_partial.ts'
import { readDatabaseSql, runPasses, runPlain, withSizeProgress } from './restore_dump_passes.ts'

/** To the database that is being made. */
export const stagingOf = ({ maintenance, plan }: RestoreDumpFacts): Login => ({
  ...maintenance,
  database: plan.staging,
})

/** An empty database as the dumped one was made, with our mark on it. */
export async function createStaging(facts: RestoreDumpFacts, { log, signal }: Context): Promise<void> {
  const { plan, maintenance, server, backup } = facts
  const described = backup.metadata?.database
  await withClient(
    maintenance,
    async client => {
      try {
        await client.query(createDatabase(plan.staging, described, server))
      } catch (error) {
        if (!/locale|encoding/i.test((error as Error).message)) throw error
        log.warn(
          `This server has no locale “${described?.locale ?? described?.collate}”: the database gets that of the server.\nText may sort otherwise; indexes are built anew, so nothing is wrong with them.`,
        )
        await client.query(createDatabase(plan.staging, described, { ...server, fallback: true }))
      }
      await mark(client, plan.staging)
    },
    { signal },
  )
}

/**
 * Everything that the dump has, in the order that TimescaleDB asks for. Gives the jobs that were running, and are held.
 * https://docs.tigerdata.com/self-hosted/latest/backup-and-restore/logical-backup/
 */
export async function fillStaging(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<number[]> {
  const { plan, isPartial } = facts
  const { log, signal } = context
  const login = stagingOf(facts)
  const ask = <T>(work: (client: ClientBase) => Promise<T>) => withClient(login, work, { signal })
  const { timescaledb } = plan
  if (timescaledb) await ask(client => beginTimescale(client, facts))
  await withSizeProgress(facts, context, async () => {
    if (plan.source.format === 'plain') await runPlain(runtime, facts, context)
    else if (isPartial) await finishPartial(runtime, facts, context)
    else await runPasses(runtime, facts, [...plan.definitions, ...plan.data, ...plan.indexes], context)
  })
  const held = timescaledb ? await ask(client => endTimescale(client, timescaledb.schema)) : []
  log.step('Analysing …')
  await ask(client => client.query('ANALYZE'))
  await restoreProperties(runtime, facts, context)
  return held
}

/** The first statement of a new session, for each version has a library of its own. */
async function beginTimescale(client: ClientBase, { plan, backup }: RestoreDumpFacts): Promise<void> {
  const { version = '', schema = '' } = plan.timescaledb ?? {}
  const inSchema = schema !== '' && schema !== 'public'
  if (inSchema) await client.query(`CREATE SCHEMA ${identifier(schema)}`)
  await client.query(
    `CREATE EXTENSION timescaledb${inSchema ? ` SCHEMA ${identifier(schema)}` : ''}${version ? ` VERSION ${identifier(version)}` : ''}`,
  )
  await refuseEdition(client, backup)
  await client.query(`SELECT ${functionIn(schema, 'timescaledb_pre_restore')}()`)
}

/** Which edition a server has, only the extension tells. */
async function refuseEdition(client: ClientBase, { metadata }: RestoreDumpFacts['backup']): Promise<void> {
  if (metadata === undefined) return
  const { continuous_aggregates, jobs, hypertables } = metadata.inventory
  const uses = [
    continuous_aggregates.length > 0 && 'continuous aggregates',
    hypertables.some(({ compressed_chunks }) => compressed_chunks > 0) && 'compressed chunks',
    jobs.some(({ procedure }) => procedure.includes('policy_')) && 'policies',
  ].filter(Boolean)
  const { rows } = await client.query(`SELECT current_setting('timescaledb.license', true) AS license`)
  if (uses.length === 0 || rows[0].license !== 'apache') return
  throw new ToolkitError('prerequisite', {
    what: `The dump has ${uses.join(', ')}, and this server has the Apache edition of TimescaleDB, which has none. Nothing was changed.`,
    hint: 'Restore into a server with the Community edition, for example IMAGE=timescale/timescaledb:latest-pg17.',
  })
}

const functionIn = (schema: string, name: string): string => (schema ? `${identifier(schema)}.${name}` : name)

/** Jobs are held before they may run again: a retention policy would begin by deleting what was just restored. */
async function endTimescale(client: ClientBase, schema: string): Promise<number[]> {
  const held = await holdJobs(client)
  await client.query(`SELECT ${functionIn(schema, 'timescaledb_post_restore')}()`)
  return held
}

/** Owner, settings, comment and privileges of the database itself, under its new name. */
async function restoreProperties(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<void> {
  const { backup, settings, plan, maintenance } = facts
  const { metadata } = backup
  const sql = backup.format === 'plain' ? '' : await readDatabaseSql(runtime, facts, context)
  await withClient(maintenance, async client => {
    const owner = settings.noOwner ? undefined : metadata?.database.owner
    if (owner) await client.query(`ALTER DATABASE ${identifier(plan.staging)} OWNER TO ${identifier(owner)}`)
    if (metadata === undefined || sql.trim() === '') return
    try {
      await client.query(renameInSql(sql, metadata.database_name, plan.staging))
    } catch (error) {
      context.log.warn(
        `Settings, comment or privileges of the database itself were not restored: ${(error as Error).message}`,
      )
    }
  })
}
