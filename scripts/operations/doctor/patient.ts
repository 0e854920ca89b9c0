import type { Client } from 'pg'
import { type ClusterRecord, readClusterRecord } from '../../postgres/cluster_record.ts'
import { withClient } from '../../postgres/connection.ts'
import { storedPassword } from '../../postgres/passfile.ts'
import { type EngineDetails, engineDetails } from '../../runtime/examine.ts'
import type { ImageFacts, Runtime, ServerStatus } from '../../runtime/runtime.ts'
import type { Context } from '../../settings/command.ts'
import type { Settings } from '../../settings/options.ts'
import type { Resolved } from '../../settings/resolve.ts'

/** What the server says when it is asked over TCP. */
export type Asked = {
  version: string
  checksums: boolean
  /** Seconds that its clock is before ours. */
  ahead: number
  timescaledb: string | null
}

/** What several checks look at, asked once; each of these may fail by itself. */
export type Patient = {
  runtime: Runtime
  settings: Settings
  sources: Resolved['sources']
  verbose: boolean
  record: Promise<ClusterRecord | undefined>
  status: Promise<ServerStatus>
  image: Promise<ImageFacts | undefined>
  /** What the engine says of itself; undefined without one. */
  engine: Promise<EngineDetails | undefined>
  /** Undefined: our own database is not running. */
  asked: Promise<Asked | undefined>
}

export function receive(runtime: Runtime, { settings, sources }: Resolved, context: Context): Patient {
  const { signal } = context
  const record = readClusterRecord(settings.dataDir)
  const status = runtime.server.status(settings, signal)
  const patient: Patient = {
    ...{ runtime, settings, sources, verbose: context.verbose ?? false },
    ...{ record, status, image: findImage(runtime, settings, sources, record, signal) },
    engine: runtime.kind === 'docker' ? engineDetails(signal) : Promise.resolve(undefined),
    asked: status.then(found => ask(found, settings, signal)),
  }
  // Whoever needs one waits for it and says what is wrong; nobody may need it.
  const answers = [patient.record, patient.status, patient.image, patient.engine, patient.asked]
  for (const answer of answers) answer.catch(() => {})
  return patient
}

/** The image that start would take, without fetching it. */
async function findImage(
  runtime: Runtime,
  settings: Settings,
  sources: Resolved['sources'],
  record: Promise<ClusterRecord | undefined>,
  signal: AbortSignal,
): Promise<ImageFacts | undefined> {
  if (runtime.kind === 'docker') return runtime.images.find(await nameOf(settings, sources, record), signal)
  const made = await record.catch(() => undefined)
  const all = await runtime.images.installed()
  return all.find(({ image }) => image === made?.image) ?? all[0]
}

export async function nameOf(
  settings: Settings,
  sources: Resolved['sources'],
  record: Promise<ClusterRecord | undefined>,
): Promise<string> {
  if (sources.image !== 'default') return settings.image
  return (await record.catch(() => undefined))?.image ?? settings.image
}

async function ask(
  status: ServerStatus,
  settings: Settings,
  signal: AbortSignal,
): Promise<Asked | undefined> {
  if (status.state !== 'running' || !status.ours || status.dataDir !== settings.dataDir) return undefined
  const own = { ...settings, host: '127.0.0.1', port: status.port ?? settings.port, connectTimeout: 2 }
  const password = own.password ?? storedPassword(own)
  return withClient({ ...own, ...(password !== undefined && { password }) }, readAnswers, { signal })
}

async function readAnswers(client: Client): Promise<Asked> {
  const before = Date.now()
  const { rows } = await client.query(`
    SELECT current_setting('server_version') AS version,
           current_setting('data_checksums')::bool AS checksums,
           extract(epoch FROM clock_timestamp())::float8 AS clock,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb`)
  const { version, checksums, clock, timescaledb } = rows[0]
  return { version, checksums, timescaledb, ahead: clock - (before + Date.now()) / 2000 }
}
