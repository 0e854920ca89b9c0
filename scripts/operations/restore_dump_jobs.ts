import type { ClientBase } from 'pg'
import { withClient } from '../postgres/connection.ts'
import type { Context } from '../settings/command.ts'
import type { RestoreDumpFacts } from './restore_dump_gather.ts'

/** Jobs below are TimescaleDB's own. */
const firstUserJob = 1000

/** Pauses the jobs of users. Gives those that were not paused before. */
export async function holdJobs(client: ClientBase): Promise<number[]> {
  const { rows } = await client.query(
    `UPDATE _timescaledb_config.bgw_job SET scheduled = false WHERE scheduled AND id >= ${firstUserJob} RETURNING id`,
  )
  return rows.map(({ id }) => id as number).sort((a, b) => a - b)
}

/**
 * Lets the jobs run again, but for those that delete by age: of an old dump they would delete what was just restored.
 * Gives those, and what lets them run.
 */
export async function releaseJobs(
  { maintenance, plan }: RestoreDumpFacts,
  held: readonly number[],
  { log }: Context,
): Promise<{ id: number; command: string }[]> {
  if (held.length === 0) return []
  const statement = (id: number) => `SELECT alter_job(${id}, scheduled => true)`
  const login = { ...maintenance, database: plan.database }
  try {
    return await withClient(login, async client => {
      const { rows } = await client.query(
        `SELECT id, proc_name = 'policy_retention' AS deletes FROM _timescaledb_config.bgw_job WHERE id = ANY ($1)`,
        [held],
      )
      for (const { id } of rows.filter(({ deletes }) => !deletes)) await client.query(statement(id))
      return rows.filter(({ deletes }) => deletes).map(({ id }) => ({ id, command: statement(id) }))
    })
  } catch (error) {
    log.warn(
      `TimescaleDB’s jobs are still paused in “${plan.database}”: ${(error as Error).message}\n${held.map(statement).join(';\n')};`,
    )
    return []
  }
}
