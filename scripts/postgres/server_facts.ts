import type { Client } from 'pg'
import { ToolkitError } from '../errors.ts'
import { explainConnection, type Login, withClient } from './connection.ts'

export type Tablespace = { oid: string; name: string; location: string }
export type Extension = { database: string; version: string; edition: 'tsl' | 'apache' }

export type ServerFacts = {
  /** Such as 17.11. */
  version: string
  /** The words of version(). */
  versionText: string
  major: number
  architecture: string
  libc: { kind: 'glibc' | 'musl' | 'unknown'; version?: string }
  systemIdentifier: string
  timeline: number
  inRecovery: boolean
  dataChecksums: boolean
  encoding: string
  collation: { provider: string; name: string; version?: string }
  walSegmentBytes: number
  walSenders: { max: number; used: number }
  /** Algorithms that the server can compress with. */
  compression: string[]
  summarizeWal: boolean
  tablespaces: Tablespace[]
  /** Bytes of every database; undefined where the role may not see them. */
  clusterBytes?: number
  databases: { name: string; bytes?: number }[]
  /** TimescaleDB in each database that has it. */
  timescaledb: Extension[]
}

/**
 * Reads what a backup has to know, and changes nothing.
 * @throws ToolkitError connection where the role may not replicate or no walsender is free.
 */
export async function readServerFacts(login: Login, signal: AbortSignal): Promise<ServerFacts> {
  const facts = await withClient(login, readClusterFacts, { signal })
  const { systemIdentifier, timeline } = await identifySystem(login, facts, signal)
  const timescaledb: Extension[] = []
  for (const { name } of facts.databases) {
    const found = await withClient({ ...login, database: name }, readTimescale, { signal }).catch(
      () => undefined,
    )
    if (found) timescaledb.push({ database: name, ...found })
  }
  return { ...facts, systemIdentifier, timeline, timescaledb }
}

/** What any role may ask. */
type ClusterFacts = Omit<ServerFacts, 'systemIdentifier' | 'timeline' | 'timescaledb'> & {
  canReplicate: boolean
}

async function readClusterFacts(client: Client): Promise<ClusterFacts> {
  const { rows } = await client.query(`
    SELECT version() AS version_text,
           current_setting('server_version') AS server_version,
           current_setting('server_version_num')::int / 10000 AS major,
           pg_is_in_recovery() AS in_recovery,
           current_setting('data_checksums')::bool AS data_checksums,
           current_setting('max_wal_senders')::int AS max_wal_senders,
           (SELECT count(*)::int FROM pg_stat_replication) AS used_wal_senders,
           (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size') AS wal_segment_bytes,
           (SELECT enumvals FROM pg_settings WHERE name = 'wal_compression') AS compression,
           coalesce(current_setting('summarize_wal', true), 'off') = 'on' AS summarize_wal,
           (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS can_replicate,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('oid', oid::text, 'name', spcname,
                                                         'location', pg_tablespace_location(oid)) ORDER BY oid), '[]')
              FROM pg_tablespace WHERE spcname NOT IN ('pg_default', 'pg_global')) AS tablespaces,
           (SELECT jsonb_agg(jsonb_build_object('name', datname, 'bytes',
                     CASE WHEN has_database_privilege(oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE')
                          THEN pg_database_size(oid) END) ORDER BY datname)
              FROM pg_database WHERE datallowconn) AS databases,
           (SELECT jsonb_build_object('encoding', pg_encoding_to_char(encoding),
                     'provider', datlocprovider, 'name', datcollate, 'version', datcollversion)
              FROM pg_database WHERE datname = current_database()) AS collation,
           (SELECT pg_collation_actual_version(oid) FROM pg_collation
             WHERE collprovider = 'c' AND collname NOT IN ('C', 'POSIX')
               AND pg_collation_actual_version(oid) IS NOT NULL LIMIT 1) AS libc_version`)
  const row = rows[0]
  const databases = row.databases as { name: string; bytes: number | null }[]
  const sizes = databases.map(d => d.bytes)
  const providers: Record<string, string> = { c: 'libc', i: 'icu', b: 'builtin' }
  return {
    version: /^[\d.]+/.exec(row.server_version)?.[0] ?? row.server_version,
    versionText: row.version_text,
    major: row.major,
    architecture: / on ([^-\s]+)-/.exec(row.version_text)?.[1] ?? 'unknown',
    libc: libcOf(row.version_text, row.libc_version),
    inRecovery: row.in_recovery,
    dataChecksums: row.data_checksums,
    encoding: row.collation.encoding,
    collation: {
      provider: providers[row.collation.provider] ?? row.collation.provider,
      name: row.collation.name,
      ...(row.collation.version && { version: row.collation.version }),
    },
    walSegmentBytes: Number(row.wal_segment_bytes),
    walSenders: { max: row.max_wal_senders, used: row.used_wal_senders },
    compression: ['gzip', ...(row.compression as string[]).filter(word => word === 'zstd' || word === 'lz4')],
    summarizeWal: row.summarize_wal,
    tablespaces: row.tablespaces,
    databases: databases.map(({ name, bytes }) => ({ name, ...(bytes !== null && { bytes }) })),
    ...(sizes.every(bytes => bytes !== null) && {
      clusterBytes: sizes.reduce((a, b) => (a ?? 0) + (b ?? 0), 0) ?? 0,
    }),
    canReplicate: row.can_replicate,
  }
}

/** musl reports no version of its collations, glibc does; version() names the platform it was built for. */
function libcOf(versionText: string, version: string | null): ServerFacts['libc'] {
  if (/-musl/.test(versionText)) return { kind: 'musl' }
  if (/linux-gnu/.test(versionText)) return { kind: 'glibc', ...(version && { version }) }
  return { kind: 'unknown' }
}

/**
 * Opens the kind of connection that pg_basebackup needs, before anything is written.
 * https://www.postgresql.org/docs/current/protocol-replication.html
 */
async function identifySystem(
  login: Login,
  facts: ClusterFacts,
  signal: AbortSignal,
): Promise<{ systemIdentifier: string; timeline: number }> {
  if (!facts.canReplicate) {
    throw new ToolkitError('connection', {
      what: `Role “${login.user}” may not take base backups.`,
      why: 'It has neither REPLICATION nor SUPERUSER.',
      hint: `As a superuser: ALTER ROLE "${login.user.replaceAll('"', '""')}" REPLICATION;`,
    })
  }
  const { max, used } = facts.walSenders
  if (max - used < 2) {
    throw new ToolkitError('connection', {
      what: 'The server has no two walsenders free, which a backup with its WAL needs.',
      why: `max_wal_senders is ${max}, ${used} are in use.`,
      hint: 'Raise max_wal_senders (it takes a restart), or end a replica or backup that holds one.',
    })
  }
  // pg_basebackup will come from another address than ours: what the server says to us says nothing about it.
  if (login.via) return readControlData(login, signal)
  try {
    const { rows } = await withClient(login, client => client.query('IDENTIFY_SYSTEM'), {
      replication: true,
      signal,
    })
    return { systemIdentifier: rows[0].systemid, timeline: Number(rows[0].timeline) }
  } catch (error) {
    const cause = error instanceof ToolkitError ? error.cause : error
    if ((cause as { code?: string } | undefined)?.code !== '28000')
      throw explainConnection(cause ?? error, login)
    throw new ToolkitError('connection', {
      what: `${login.host}:${login.port} refuses replication connections of role “${login.user}” from here.`,
      why: (cause as Error).message,
      hint: `Add a line to the server’s pg_hba.conf and reload it (SELECT pg_reload_conf()):\nhost replication "${login.user}" <address of this machine>/32 scram-sha-256`,
      cause,
    })
  }
}

/** https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-PG-CONTROL-SYSTEM */
async function readControlData(
  login: Login,
  signal: AbortSignal,
): Promise<{ systemIdentifier: string; timeline: number }> {
  const { rows } = await withClient(login, client => client.query(controlQuery), { signal })
  return { systemIdentifier: rows[0].id, timeline: Number(rows[0].timeline) }
}

const controlQuery = `SELECT s.system_identifier::text AS id, c.timeline_id AS timeline
                        FROM pg_control_system() s, pg_control_checkpoint() c`

export type DumpServer = ClusterFacts & { systemIdentifier: string }

/** What a dump has to know of the server: no REPLICATION is needed for it. */
export async function readDumpServer(client: Client): Promise<DumpServer> {
  const facts = await readClusterFacts(client)
  const { rows } = await client.query(controlQuery)
  return { ...facts, systemIdentifier: rows[0].id }
}

async function readTimescale(client: Client): Promise<Omit<Extension, 'database'> | undefined> {
  const { rows } = await client.query(
    `SELECT extversion AS version, current_setting('timescaledb.license', true) AS license
       FROM pg_extension WHERE extname = 'timescaledb'`,
  )
  if (rows.length === 0) return undefined
  return { version: rows[0].version, edition: rows[0].license === 'apache' ? 'apache' : 'tsl' }
}
