import { ToolkitError } from '../errors.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { withClient } from '../postgres/connection.ts'
import { folderBytes, inspectDataDirectory } from '../postgres/data_directory.ts'
import { askLocally, findSuperuser, type LocalServer } from '../postgres/local_session.ts'
import { waitForPromotion } from '../postgres/promotion.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formerData } from './former.ts'
import { startDatabase } from './start.ts'
import { stopDatabase } from './stop.ts'

export type StartRestoredResult = {
  container: string
  restored_from: string
  recovered_lsn: string | null
  timeline: number
  backup_label_consumed: boolean
  databases: { name: string; bytes: number }[]
  /** Whether the password that the toolkit knows opens the restored cluster. */
  login_works: boolean
  login_problem: string | null
  /** TimescaleDB jobs that do not run before `make restart`. */
  held_jobs: string[]
  former: { folder: string; bytes: number } | null
  seconds: number
}

const facts = `
SELECT jsonb_build_object(
  'recovered_lsn', pg_last_wal_replay_lsn(),
  'timeline', ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::int,
  'databases', (SELECT jsonb_agg(jsonb_build_object('name', datname, 'bytes', pg_database_size(oid)) ORDER BY datname)
                  FROM pg_database WHERE NOT datistemplate));`

/**
 * Policies and jobs of users that would run, were it not for us; the first thousand ids are TimescaleDB's own
 * housekeeping. After `make restart` nothing is held.
 */
const jobs = `
SELECT coalesce(jsonb_agg(application_name || coalesce(' on ' || hypertable_name, '') ORDER BY job_id), '[]')
  FROM timescaledb_information.jobs
 WHERE job_id >= 1000 AND scheduled AND current_setting('timescaledb.max_background_workers', true) = '0';`

/**
 * Starts a restored cluster without any initialisation, waits for the end of its recovery and says what came back.
 * TimescaleDB's jobs are held meanwhile: a retention policy would begin by deleting what was just restored.
 */
export async function startRestored(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<StartRestoredResult> {
  const { settings } = resolved
  const { signal, log } = context
  const started = performance.now()
  const record = await readClusterRecord(settings.dataDir)
  if (record?.restored_from === undefined) {
    throw new ToolkitError('prerequisite', {
      what: `The cluster in ${settings.dataDir} was not restored from a backup.`,
      hint: 'make restore BACKUP_DIR=… restores one; make start starts the cluster that is there.',
    })
  }
  const start = await startDatabase(runtime, resolved, context, { existingOnly: true, holdJobs: true })
  const server: LocalServer = {
    runtime,
    server: settings,
    port: start.port,
    user: settings.user,
    signal,
  }
  log.step('Waiting for the end of recovery …')
  const superuser = await findSuperuser(server)
  await waitForPromotion(server, superuser, settings.startTimeout)
  const recovered = JSON.parse((await askLocally(server, superuser, facts)).stdout)
  const held = await heldJobs(server, superuser, recovered.databases)
  // Nothing to hold: then nothing should stay held, or a policy made tomorrow would silently never run.
  if (held.length === 0 && record.timescaledb_edition === 'tsl' && !start.alreadyRunning) {
    await stopDatabase(runtime, settings, { ...context, log: { ...log, step: log.detail } })
    await startDatabase(
      runtime,
      resolved,
      { ...context, log: { ...log, step: log.detail } },
      { existingOnly: true },
    )
  }
  const inspected = await inspectDataDirectory(runtime, record, settings.dataDir, signal)
  const former = (await formerData(settings.dataDir)).at(-1)
  return {
    container: start.container,
    restored_from: record.restored_from,
    recovered_lsn: recovered.recovered_lsn,
    timeline: recovered.timeline,
    backup_label_consumed: !inspected.backupLabel && !inspected.recoverySignal,
    databases: recovered.databases,
    ...(await tryLogin(resolved, signal)),
    held_jobs: held,
    former: former ? { folder: former, bytes: await folderBytes(runtime, record, former) } : null,
    seconds: (performance.now() - started) / 1000,
  }
}

async function heldJobs(
  server: LocalServer,
  superuser: string,
  databases: readonly { name: string }[],
): Promise<string[]> {
  const all = await Promise.all(
    databases.map(async ({ name }) => {
      // A database without TimescaleDB answers with an error: it has no jobs.
      const answer = await askLocally(server, superuser, jobs, { database: name })
      return answer.code === 0 ? (JSON.parse(answer.stdout) as string[]).map(job => `${name}: ${job}`) : []
    }),
  )
  return all.flat()
}

async function tryLogin(
  { settings }: Resolved,
  signal: AbortSignal,
): Promise<Pick<StartRestoredResult, 'login_works' | 'login_problem'>> {
  try {
    await withClient({ ...settings, host: '127.0.0.1' }, client => client.query('SELECT 1'), { signal })
    return { login_works: true, login_problem: null }
  } catch (error) {
    return { login_works: false, login_problem: (error as Error).message }
  }
}
