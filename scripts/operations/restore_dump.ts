import { recorded } from '../catalog/history.ts'
import { whileReading } from '../catalog/lock.ts'
import { ToolkitError } from '../errors.ts'
import type { RestoreDumpPlan } from '../plan/restore_dump.ts'
import { withClient } from '../postgres/connection.ts'
import {
  dropDatabase,
  identifier,
  isMarked,
  mark,
  renameDatabases,
  sessionsIn,
  unmark,
} from '../postgres/databases.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { proveRestored, type Proven } from './restore_dump_compare.ts'
import { explainRestoreDump } from './restore_dump_errors.ts'
import { gatherRestoreDump, type RestoreDumpFacts } from './restore_dump_gather.ts'
import { createStaging, fillStaging } from './restore_dump_into.ts'
import { releaseJobs } from './restore_dump_jobs.ts'

export type RestoreDumpResult = {
  plan: RestoreDumpPlan
  /** Absent with --dry-run. */
  restored?: {
    database: string
    /** What the database that was there is called now. */
    former: string | null
    tables: number
    rows: number
    /** What was compared, and could not be. */
    notes: string[]
    /** Jobs of TimescaleDB that were left paused, for they delete. */
    held_jobs: { id: number; command: string }[]
  }
  seconds: number
}

/**
 * Restores a dump into a new database, compares that with the dump's metadata, and only then gives it its name. What
 * fails leaves every database as it was, and none of ours.
 * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
 */
export async function restoreDump(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<RestoreDumpResult> {
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1000
  const { settings } = resolved
  const facts = await gatherRestoreDump(runtime, resolved, context)
  if (settings.dryRun) return { plan: facts.plan, seconds: 0 }
  if (facts.plan.former !== null) await confirmReplacing(facts, settings.force, context)
  return recorded(
    settings.backupsDir,
    'restore-dump',
    () =>
      whileReading(facts.backup.path, () =>
        holdingTarget(facts, context, async () => {
          const restored = await perform(runtime, facts, context)
          return { plan: facts.plan, restored, seconds: seconds() }
        }),
      ),
    () => facts.backup.id,
  )
}

async function confirmReplacing(
  { plan, backup, bytes }: RestoreDumpFacts,
  force: boolean,
  { prompt }: Context,
): Promise<void> {
  if (force) return
  const size = bytes === undefined ? '' : ` (${formatBytes(bytes)})`
  await confirm(
    prompt,
    `Put ${backup.id}${size} in the place of database “${plan.database}”? That one stays, as ${plan.former}.`,
  )
}

/** One restore into a name at a time, on whatever machines they run: the lock is the server's, and goes with us. */
async function holdingTarget<T>(
  { maintenance, plan }: RestoreDumpFacts,
  { signal }: Context,
  work: () => Promise<T>,
): Promise<T> {
  return withClient(maintenance, async client => {
    const { rows } = await client.query(`SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held`, [
      plan.staging,
    ])
    if (!rows[0].held) {
      throw new ToolkitError('locked', {
        what: `Another run is restoring into “${plan.database}”.`,
        hint: 'Wait until it has ended, then try again.',
      })
    }
    signal.throwIfAborted()
    return work()
  })
}

async function perform(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<NonNullable<RestoreDumpResult['restored']>> {
  const { plan, maintenance, backup } = facts
  await dropOrphan(facts, context)
  context.log.step(`Restoring ${backup.id} into a new database …`)
  let proven: Proven
  try {
    await createStaging(facts, context)
    const held = await fillStaging(runtime, facts, context)
    context.log.step('Comparing …')
    proven = await proveRestored(facts, held, context)
    context.signal.throwIfAborted()
  } catch (error) {
    await withClient(maintenance, client => dropDatabase(client, plan.staging)).catch(dropping =>
      context.log.warn(
        `The database ${plan.staging} could not be removed: ${(dropping as Error).message}\nmake psql COMMAND='DROP DATABASE ${identifier(plan.staging)} WITH (FORCE)'`,
      ),
    )
    throw explainRestoreDump(error, facts)
  }
  await giveName(facts)
  const held_jobs = await releaseJobs(facts, proven.jobs, context)
  return {
    database: plan.database,
    former: plan.former,
    tables: Object.keys(proven.counts).length,
    rows: Object.values(proven.counts).reduce((a, b) => a + b, 0),
    notes: proven.notes,
    held_jobs,
  }
}

/** What a killed run left: we hold the lock, so nobody is filling it. Only what carries our mark is dropped. */
async function dropOrphan({ maintenance, plan, server }: RestoreDumpFacts, { log }: Context): Promise<void> {
  if (!server.databases.includes(plan.staging)) return
  await withClient(maintenance, async client => {
    if (!(await isMarked(client, plan.staging))) {
      throw new ToolkitError('usage', {
        what: `There is a database “${plan.staging}”, and the toolkit did not make it.`,
        why: 'A restore uses that name until the database is complete.',
        hint: 'Rename it, or drop it where it is not needed.',
      })
    }
    log.warn(`Dropping ${plan.staging}, which an earlier run left unfinished.`)
    await dropDatabase(client, plan.staging)
  })
}

/** Both renames or none. Where the old database is still in use, the new one stays beside it, for it is proven. */
async function giveName({ plan, maintenance }: RestoreDumpFacts): Promise<void> {
  const { database, staging, former } = plan
  const renames = [
    ...(former === null ? [] : [{ from: database, to: former, closed: true }]),
    { from: staging, to: database },
  ]
  await withClient(maintenance, client => unmark(client, staging))
  try {
    await renameDatabases(maintenance, renames)
  } catch (error) {
    const sessions = await withClient(maintenance, client => sessionsIn(client, database)).catch(() => [])
    await withClient(maintenance, client => mark(client, staging)).catch(() => {})
    const [first] = sessions
    throw new ToolkitError('failed', {
      what: `Everything is restored and proven, but “${database}” is in use, so it kept its place.`,
      why: first
        ? `${sessions.length} sessions, such as that of ${first.user} from ${first.address} (${first.application || 'no name'}).`
        : (error as Error).message,
      hint: `Stop what uses it, then restore again; or take the new one now:\nmake psql COMMAND='ALTER DATABASE ${identifier(staging)} RENAME TO …'`,
      lasting: true,
      cause: error,
    })
  }
}
