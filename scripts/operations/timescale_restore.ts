import type { ClientBase } from 'pg'
import type { Inventory } from '../catalog/inventory.ts'
import { ToolkitError } from '../errors.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { identifier } from '../postgres/databases.ts'
import type { Context } from '../settings/command.ts'

/** The extension as it was in the database that is restored; empty where nobody wrote it down. */
export type TimescaleVersion = { version: string; schema: string }

const functionIn = (schema: string, name: string): string => (schema ? `${identifier(schema)}.${name}` : name)

/**
 * Makes the extension, and begins restoring mode: the first statements of a new session, for each version has a library
 * of its own.
 * https://docs.tigerdata.com/self-hosted/latest/backup-and-restore/logical-backup/
 * @throws ToolkitError prerequisite where the server has an edition that is too small.
 */
export async function beginTimescale(
  client: ClientBase,
  { version, schema }: TimescaleVersion,
  inventory: Inventory | undefined,
): Promise<void> {
  const inSchema = schema !== '' && schema !== 'public' ? ` SCHEMA ${identifier(schema)}` : ''
  if (inSchema) await client.query(`CREATE SCHEMA ${identifier(schema)}`)
  await client.query(
    `CREATE EXTENSION timescaledb${inSchema}${version ? ` VERSION ${identifier(version)}` : ''}`,
  )
  if (inventory) await refuseEdition(client, inventory)
  await client.query(`SELECT ${functionIn(schema, 'timescaledb_pre_restore')}()`)
}

/** Which edition a server has, only the extension tells. */
async function refuseEdition(client: ClientBase, inventory: Inventory): Promise<void> {
  const { continuous_aggregates, jobs, hypertables } = inventory
  const uses = [
    continuous_aggregates.length > 0 && 'continuous aggregates',
    hypertables.some(({ compressed_chunks }) => compressed_chunks > 0) && 'compressed chunks',
    jobs.some(({ procedure }) => procedure.includes('policy_')) && 'policies',
  ].filter(Boolean)
  const { rows } = await client.query(`SELECT current_setting('timescaledb.license', true) AS license`)
  if (uses.length === 0 || rows[0].license !== 'apache') return
  throw new ToolkitError('prerequisite', {
    what: `The database has ${uses.join(', ')}, and this server has the Apache edition of TimescaleDB, which has none. Nothing was changed.`,
    hint: 'Take a server with the Community edition, for example IMAGE=timescale/timescaledb:latest-pg17.',
  })
}

/**
 * Ends restoring mode. Jobs are held before they may run again: a retention policy would begin by deleting what was
 * just restored. Gives those that were running.
 */
export async function endTimescale(client: ClientBase, { schema }: TimescaleVersion): Promise<number[]> {
  const held = await holdJobs(client)
  await client.query(`SELECT ${functionIn(schema, 'timescaledb_post_restore')}()`)
  return held
}

/** Jobs below are TimescaleDB's own. */
const firstUserJob = 1000

/** Pauses the jobs of users. Gives those that were not paused before. */
export async function holdJobs(client: ClientBase): Promise<number[]> {
  // It has another schema in newer versions.
  const where = await client.query(
    `SELECT coalesce(to_regclass('_timescaledb_config.bgw_job'), to_regclass('_timescaledb_catalog.bgw_job'))::text AS jobs`,
  )
  const { rows } = await client.query(
    `UPDATE ${where.rows[0].jobs} SET scheduled = false WHERE scheduled AND id >= ${firstUserJob} RETURNING id`,
  )
  return rows.map(({ id }) => id as number).sort((a, b) => a - b)
}

export type HeldJob = { id: number; command: string }

/**
 * Lets the jobs run again, but for those that delete by age: of an old dump they would delete what was just restored.
 * Gives those, and what lets them run.
 */
export async function releaseJobs(
  login: Login,
  held: readonly number[],
  { log }: Context,
): Promise<HeldJob[]> {
  if (held.length === 0) return []
  const statement = (id: number) => `SELECT alter_job(${id}, scheduled => true)`
  try {
    return await withClient(login, async client => {
      // As a database may be by its own settings.
      await client.query('SET default_transaction_read_only = off')
      const { rows } = await client.query(
        `SELECT job_id AS id, proc_name = 'policy_retention' AS deletes FROM timescaledb_information.jobs
         WHERE job_id = ANY ($1) ORDER BY 1`,
        [held],
      )
      for (const { id } of rows.filter(({ deletes }) => !deletes)) await client.query(statement(id))
      return rows.filter(({ deletes }) => deletes).map(({ id }) => ({ id, command: statement(id) }))
    })
  } catch (error) {
    log.warn(
      `TimescaleDB’s jobs are still paused in “${login.database}”: ${(error as Error).message}\n${held.map(statement).join(';\n')};`,
    )
    return []
  }
}
