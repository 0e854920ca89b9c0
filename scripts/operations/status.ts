import type { Client } from 'pg'
import { ToolkitError } from '../errors.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { withClient } from '../postgres/connection.ts'
import type { Runtime, ServerState } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import { refuseForeign } from './start_refusals.ts'

export type DatabaseStatus = {
  state: ServerState
  container: string
  data_dir: string
  host: string
  port: number
  image?: string
  started_at?: string
  uptime_seconds?: number
  postgresql_version?: string
  timescaledb?: { version: string; edition: 'tsl' | 'apache' } | null
  size_bytes?: number
  databases?: number
  connections?: number
  in_recovery?: boolean
  /** pg_resetwal made it, by make salvage. */
  salvaged_at?: string
  /** Why the running server could not be asked. */
  not_measured?: string
}

/** What our own database is doing. A server that is not running is an answer, not an error. */
export async function readStatus(
  runtime: Runtime,
  settings: Settings,
  signal: AbortSignal,
): Promise<DatabaseStatus> {
  const status = await runtime.server.status(settings, signal)
  refuseForeign(status, settings)
  // A record that is damaged is what start speaks of.
  const record = await readClusterRecord(settings.dataDir).catch(() => undefined)
  const base: DatabaseStatus = {
    state: status.state,
    container: settings.container,
    data_dir: settings.dataDir,
    host: settings.host,
    port: status.port ?? settings.port,
    ...(status.image && { image: status.image }),
    ...(record?.salvaged_at && { salvaged_at: record.salvaged_at }),
  }
  if (status.state !== 'running' || status.startedAt === undefined) return base
  const running = {
    ...base,
    started_at: status.startedAt.toISOString(),
    // A clock that was set back since would make it negative.
    uptime_seconds: Math.max(0, Math.round((Date.now() - status.startedAt.getTime()) / 1000)),
  }
  const own = { ...settings, host: '127.0.0.1', port: running.port }
  try {
    return { ...running, ...(await withClient(own, measure, { signal })) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return { ...running, not_measured: error.message }
  }
}

async function measure(client: Client): Promise<Partial<DatabaseStatus>> {
  const { rows } = await client.query(`
    SELECT current_setting('server_version') AS version,
           (SELECT sum(pg_database_size(oid))::float8 FROM pg_database) AS size,
           (SELECT count(*)::int FROM pg_database WHERE NOT datistemplate) AS databases,
           (SELECT count(*)::int FROM pg_stat_activity
             WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()) AS connections,
           pg_is_in_recovery() AS in_recovery,
           (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb') AS timescaledb,
           current_setting('timescaledb.license', true) AS license`)
  const row = rows[0]
  return {
    postgresql_version: row.version,
    timescaledb: row.timescaledb && {
      version: row.timescaledb,
      edition: row.license === 'apache' ? 'apache' : 'tsl',
    },
    size_bytes: row.size,
    databases: row.databases,
    connections: row.connections,
    in_recovery: row.in_recovery,
  }
}
