import { recorded } from '../catalog/history.ts'
import { whileReading } from '../catalog/lock.ts'
import { type RestoreDumpPlan, wordsOf } from '../plan/restore_dump.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatBytes } from '../terminal/format.ts'
import { confirm } from '../terminal/prompt.ts'
import { proveRestored } from './restore_dump_compare.ts'
import { explainRestoreDump } from './restore_dump_errors.ts'
import { gatherRestoreDump, type RestoreDumpFacts } from './restore_dump_gather.ts'
import { createStaging, fillStaging } from './restore_dump_into.ts'
import { restoreRows } from './restore_dump_rows.ts'
import { makeAside } from './staging.ts'
import { type HeldJob, releaseJobs } from './timescale_restore.ts'

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
    held_jobs: HeldJob[]
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
  if (settings.only === 'data') return fillTables(runtime, facts, context)
  if (facts.plan.former !== null) await confirmReplacing(facts, settings.force, context)
  return recorded(
    settings.backupsDir,
    'restore-dump',
    () =>
      whileReading(facts.backup.path, async () => {
        const restored = await perform(runtime, facts, context)
        return { plan: facts.plan, restored, seconds: seconds() }
      }),
    () => facts.backup.id,
  )
}

/** Into tables that are there: no new database, and nothing takes the place of anything. */
async function fillTables(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<RestoreDumpResult> {
  const { settings, backup, plan } = facts
  const started = performance.now()
  return recorded(
    settings.backupsDir,
    'restore-dump',
    async () => {
      const filled = await whileReading(backup.path, () => restoreRows(runtime, facts, context))
      const database = settings.targetDb ?? plan.database
      const notes = facts.entries.some(isLargeObject)
        ? ['large objects are not rows of a table: none was restored']
        : []
      const restored = { database, former: null, ...filled, notes, held_jobs: [] }
      return { plan, restored, seconds: (performance.now() - started) / 1000 }
    },
    () => backup.id,
  )
}

const isLargeObject = (entry: string): boolean => /^(BLOB|BLOBS|BLOB METADATA) /.test(wordsOf(entry))

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

async function perform(
  runtime: Runtime,
  facts: RestoreDumpFacts,
  context: Context,
): Promise<NonNullable<RestoreDumpResult['restored']>> {
  const { plan, staging, backup } = facts
  const proven = await makeAside(staging, context, async () => {
    context.log.step(`Restoring ${backup.id} into a new database …`)
    try {
      await createStaging(facts, context)
      const filled = await fillStaging(runtime, facts, context)
      context.log.step('Comparing …')
      return await proveRestored(facts, filled, context)
    } catch (error) {
      throw explainRestoreDump(error, facts)
    }
  })
  const login = { ...staging.maintenance, database: plan.database }
  return {
    database: plan.database,
    former: plan.former,
    tables: Object.keys(proven.counts).length,
    rows: Object.values(proven.counts).reduce((a, b) => a + b, 0),
    notes: proven.notes,
    held_jobs: await releaseJobs(login, proven.jobs, context),
  }
}
