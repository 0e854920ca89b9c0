/**
 * What the server tells, as the queries of `queries/` give it: one type for each. A relation is known by its `id`,
 * which is schema.name as SQL would write it (quote_ident), so that it can stand in a command. Chunks and partitions
 * are never rows of their own: they are summed up in the table that they belong to.
 * Bytes are numbers; moments are ISO 8601 in UTC; `null` is what the server does not know.
 */

export type ServerFacts = {
  version: string
  /** For example 170006. */
  version_num: number
  database: string
  encoding: string
  collation: string
  /** Version of the collation's library when the database was made, and now; null where it has none. */
  collation_version: string | null
  collation_version_now: string | null
  database_bytes: number | null
  database_comment: string | null
  in_recovery: boolean
  started_at: string
  /** Since when this database's statistics are collected, at the earliest: its creation, a crash, or the last reset. */
  statistics_since: string | null
  /** The role that looks, and what it may see. */
  role: string
  superuser: boolean
  /** Member of pg_read_all_stats (pg_monitor is). */
  reads_all_statistics: boolean
  reads_all_settings: boolean
  /** Of the extension timescaledb in this database; null where there is none. */
  timescaledb_version: string | null
  /** apache or timescale. */
  timescaledb_license: string | null
  /** Memory of the machine, where the toolkit runs beside the server; else null. */
  memory_bytes: number | null
}

/**
 * pg_settings by name; one that the role may not see is missing. Of those that may hold a password, such as
 * archive_command, there is only (set).
 */
export type Settings = Record<string, { setting: string; unit: string | null; source: string }>

export type RelationKind =
  | 'table'
  | 'partitioned table'
  | 'hypertable'
  | 'view'
  | 'materialized view'
  | 'continuous aggregate'
  | 'foreign table'

export type RelationFacts = {
  oid: number
  id: string
  schema: string
  name: string
  kind: RelationKind
  owner: string
  comment: string | null
  /** The extension that it belongs to. */
  extension: string | null
  persistence: 'permanent' | 'unlogged'
  access_method: string | null
  tablespace: string | null
  /** name=value of CREATE TABLE … WITH. */
  options: string[]
  row_security: boolean
  force_row_security: boolean
  replica_identity: 'default' | 'nothing' | 'full' | 'index' | null
  /** PARTITION BY …; null where it is not partitioned. */
  partition_key: string | null
  /** Parents by plain inheritance. */
  inherits: string[]
  /** Chunks or leaf partitions below it. */
  parts: number
  /** Rows by the server's own estimate, parts included. Null: never analysed, or no storage of its own. */
  rows: number | null
  /** Parts included. Where `sizes_exact` is false, of some parts it is what the last VACUUM or ANALYZE wrote down. */
  table_bytes: number
  index_bytes: number
  toast_bytes: number
  total_bytes: number
  sizes_exact: boolean
  /** Greatest of the table, its TOAST table and its parts, in transactions. */
  xid_age: number | null
  mxid_age: number | null
  /** Sums over the parts; null for what has no storage. */
  usage: RelationUsage | null
  /** Parts (or itself) whose dead rows are above their own autovacuum threshold; whose changes are above that of analyse. */
  vacuum_due: number
  analyze_due: number
  /** Parts (or itself), compressed chunks aside, with autovacuum_enabled=false. */
  autovacuum_off: number
  /** Parts (or itself) with pages and without a count of rows. */
  never_analyzed: number
}

export type RelationUsage = {
  seq_scans: number
  seq_rows: number
  index_scans: number
  index_rows: number
  inserted: number
  updated: number
  deleted: number
  hot_updated: number
  live_rows: number
  dead_rows: number
  changed_since_analyze: number
  last_vacuum: string | null
  last_analyze: string | null
  blocks_read: number
  blocks_hit: number
}

export type ColumnFacts = {
  oid: number
  position: number
  name: string
  type: string
  not_null: boolean
  default: string | null
  /** always or by default (GENERATED … AS IDENTITY), or stored (GENERATED ALWAYS AS (…) STORED), or virtual. */
  generated: 'always' | 'by default' | 'stored' | 'virtual' | null
  collation: string | null
  comment: string | null
  /** Null: no statistics, or not visible. */
  statistics: ColumnStatistics | null
}

export type ColumnStatistics = {
  /** 0 to 1. */
  null_share: number
  /** An estimate; below zero: times the number of rows (the report has the product). Null: unknown. */
  distinct: number | null
  /** Bytes. */
  average_width: number
  /** The most frequent values, ten at most; null where they are withheld (sensitive, or not visible). */
  common_values: { value: string; share: number }[] | null
  /** Why they are withheld: the column's name looks sensitive. */
  withheld: boolean
}

export type ConstraintFacts = {
  oid: number
  /** The relation's oid. */
  relation: number
  name: string
  kind: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclusion' | 'not null'
  columns: string[]
  definition: string
  validated: boolean
  deferrable: boolean
  /** Of a foreign key. */
  references: { oid: number; id: string; columns: string[]; column_types: string[] } | null
  column_types: string[]
  on_delete: string | null
  on_update: string | null
  comment: string | null
}

export type IndexFacts = {
  oid: number
  relation: number
  id: string
  name: string
  method: string
  definition: string
  primary: boolean
  unique: boolean
  exclusion: boolean
  /** Of a constraint, which it must not be dropped without. */
  constraint: string | null
  valid: boolean
  /** Being built now. */
  building: boolean
  replica_identity: boolean
  clustered: boolean
  /** Of an extension. */
  extension: string | null
  /** Partial. */
  predicate: string | null
  /** Key columns: the column's name, or null for an expression; then those of INCLUDE. */
  key: (string | null)[]
  include: string[]
  /**
   * Everything that makes two indexes the same but their names: method, and for each key column expression or name,
   * operator class, collation, order; INCLUDE, predicate, uniqueness. `key_signatures` are those of the key columns.
   */
  signature: string
  key_signatures: string[]
  bytes: number
  /** Sums over the indexes of the parts. Null: the server counts nothing (an index of a partitioned table without parts). */
  scans: number | null
  rows_read: number | null
  /** PostgreSQL 16 and newer. */
  last_scan: string | null
  /** Indexes of parts that are summed up. */
  parts: number
}

export type TriggerFacts = {
  relation: number
  name: string
  definition: string
  enabled: boolean
  function: string
  comment: string | null
}

export type PolicyFacts = {
  relation: number
  name: string
  permissive: boolean
  command: string
  roles: string[]
  using: string | null
  check: string | null
}

export type SchemaFacts = {
  name: string
  owner: string
  comment: string | null
  grants: string[]
  extension: string | null
}
export type ViewFacts = { relation: number; definition: string; uses: string[] }
export type FunctionFacts = {
  id: string
  schema: string
  name: string
  arguments: string
  result: string | null
  kind: 'function' | 'procedure' | 'aggregate' | 'window'
  language: string
  volatility: 'immutable' | 'stable' | 'volatile'
  security_definer: boolean
  /** SET … of CREATE FUNCTION. */
  settings: string[]
  /** MD5 of what it does, to tell two versions apart. */
  body_md5?: string
  owner: string
  comment: string | null
}
export type TypeFacts = {
  id: string
  schema: string
  name: string
  kind: 'enum' | 'domain' | 'composite' | 'range'
  definition: string
  comment: string | null
}
export type SequenceFacts = {
  id: string
  schema: string
  name: string
  type: string
  /** The least of the sequence's own and the column's type; what it counts down to, where it counts down. */
  limit: string
  /** Decimal digits, for they may be larger than a number can be. Null: never used, or not visible. */
  last_value: string | null
  /** Whether the role may read it. */
  visible: boolean
  increment: string
  cycle: boolean
  owned_by: { relation: string; column: string; column_type: string } | null
  /** 0 to 1; null where last_value is. */
  used: number | null
}
export type ExtensionFacts = {
  name: string
  schema: string
  version: string
  available: string | null
  comment: string | null
}
export type RoleFacts = {
  name: string
  superuser: boolean
  login: boolean
  createdb: boolean
  createrole: boolean
  replication: boolean
  bypass_rls: boolean
  connection_limit: number | null
  valid_until: string | null
  member_of: string[]
  comment: string | null
}
/** Who may do what: one entry for each relation and grantee; `privileges` in PostgreSQL's own words, sorted. */
export type GrantFacts = { relation: number; grantee: string; privileges: string[]; grantable: boolean }

export type SessionFacts = {
  pid: number
  role: string | null
  database: string | null
  application: string
  client: string | null
  state: string | null
  /** Seconds since; null where there is none. */
  transaction_seconds: number | null
  state_seconds: number | null
  query_seconds: number | null
  wait: string | null
  /** Process ids that it waits for. */
  blocked_by: number[]
  /** The age of the oldest snapshot that it holds, in transactions. */
  xmin_age: number | null
  /** What it does, or did last, without what stands in quotes. */
  query: string
}
export type ActivityFacts = {
  /** Of clients, ours aside. */
  connections: number
  max_connections: number
  reserved_connections: number
  /**
   * Sessions of clients in a transaction of over a minute, idle in a transaction, waiting for a lock, or holding one
   * that somebody waits for; ours aside.
   */
  sessions: SessionFacts[]
  prepared: { gid: string; owner: string; database: string; seconds: number }[]
  /** Of this database since `statistics_since`. */
  deadlocks: number
  temp_files: number
  temp_bytes: number
  /** Of all databases; null where the cluster has no checksums. */
  checksum_failures: number | null
}
export type WriteAheadLogFacts = {
  archive_mode: string
  /** archive_command or archive_library is set. Null: the role may not see it. */
  archive_configured: boolean | null
  archived: number
  last_archived_at: string | null
  archive_failures: number
  last_failed_at: string | null
  last_failed_wal: string | null
  checkpoints_timed: number
  checkpoints_requested: number
  checkpoints_since: string | null
  slots: {
    name: string
    type: string
    active: boolean
    temporary: boolean
    database: string | null
    retained_bytes: number | null
    wal_status: string | null
    xmin_age: number | null
  }[]
  standbys: {
    application: string
    client: string | null
    state: string | null
    sync_state: string | null
    behind_bytes: number | null
    replay_lag_seconds: number | null
  }[]
  /** Of a standby: how far it is behind. */
  receiver: { status: string | null; replay_lag_seconds: number | null } | null
}
export type WraparoundFacts = {
  databases: { name: string; xid_age: number; mxid_age: number; allows_connections: boolean }[]
  autovacuum_freeze_max_age: number
  autovacuum_multixact_freeze_max_age: number
}
export type StatementFacts = {
  statements: {
    queryid: string
    role: string | null
    /** Normalised: constants are $1, $2. */
    query: string
    calls: number
    total_ms: number
    mean_ms: number
    max_ms: number
    rows: number
    shared_blocks_hit: number
    shared_blocks_read: number
    temp_blocks_written: number
  }[]
  since: string | null
}
/** An estimate from the statistics of the columns, by the formula that everybody uses; tables of at least a megabyte. */
export type BloatFacts = { relation: number; table_bytes: number; bloat_bytes: number; parts: number }

export type HypertableFacts = {
  /** The relation's oid. */
  relation: number
  id: string
  dimensions: {
    column: string
    type: string
    kind: 'time' | 'space'
    /** Microseconds of a time dimension, units of an integer one; decimal digits. */
    interval: string | null
    interval_text: string | null
    partitions: number | null
    /** Name of the function that says what now is. */
    integer_now: string | null
  }[]
  compression_enabled: boolean
  segment_by: string[]
  order_by: string[]
  chunks: number
  compressed_chunks: number
  /** Range of the chunks; integers as digits for integer dimensions. */
  first_start: string | null
  last_end: string | null
  bytes: number
  /** Before and after compression, of the chunks that are compressed; null where nothing is. */
  before_compression_bytes: number | null
  after_compression_bytes: number | null
  /** Of the chunks that began last, those of the future aside: one for each space partition. They are measured. */
  current_chunk_index_bytes: number
  current_chunk_bytes: number
  largest_chunk_bytes: number
  /** At most 60 spans of equal length from the first chunk to the last, in order. */
  timeline: { start: string; end: string; chunks: number; compressed: number; bytes: number }[]
  /**
   * Uncompressed chunks that the policy should have compressed by now, one more run of it allowed for. Null: without a
   * policy, or where an integer dimension's now is not known.
   */
  overdue_compression: number | null
}
export type ContinuousAggregateFacts = {
  relation: number
  id: string
  source: string
  /** What it is made from in the end: a hypertable; for an aggregate of an aggregate, that one's. */
  root: string | null
  /** Null where somebody holds a lock on what it is made from. */
  definition: string | null
  materialized_only: boolean
  finalized: boolean | null
  bucket_seconds: number | null
  compression_enabled: boolean
  bytes: number
  watermark: string | null
  /** Of several policies: the first job, the furthest start (null: from the beginning), the nearest end. */
  refresh: {
    job: number
    start_offset: string | null
    end_offset: string | null
    start_offset_seconds: number | null
    end_offset_seconds: number | null
    schedule_seconds: number
  } | null
  /**
   * now − watermark − end_offset − bucket, at least 0; null where it cannot be said: integer time, or no data. What the
   * last successful refresh looked at counts as done, and what is behind the last chunk of the source is not missing.
   */
  lag_seconds: number | null
}
export type JobFacts = {
  id: number
  application: string
  procedure: string
  owner: string
  /** TimescaleDB's own housekeeping, as telemetry is. */
  internal: boolean
  scheduled: boolean
  fixed_schedule: boolean
  schedule_seconds: number
  max_retries: number
  config: string | null
  hypertable: string | null
  kind: 'compression' | 'retention' | 'refresh' | 'reorder' | 'user' | 'internal'
  /** drop_after or compress_after, in seconds or units of an integer dimension. */
  after: string | null
  after_seconds: number | null
  last_status: string | null
  last_started_at: string | null
  last_finished_at: string | null
  last_succeeded_at: string | null
  next_start: string | null
  /** next_start is past by so many seconds; 0 where it is not. Null where it runs, or none is planned. */
  overdue_seconds: number | null
  total_runs: number
  total_failures: number
  consecutive_failures: number | null
  last_error: string | null
}
export type TimescaleFacts = {
  hypertables: HypertableFacts[]
  continuous_aggregates: ContinuousAggregateFacts[]
  jobs: JobFacts[]
  /** Whether job_errors shows those of all roles. */
  errors_visible: boolean
}

export type Facts = {
  server: ServerFacts
  settings: Settings
  schemas: SchemaFacts[]
  relations: RelationFacts[]
  columns: ColumnFacts[]
  constraints: ConstraintFacts[]
  indexes: IndexFacts[]
  triggers: TriggerFacts[]
  policies: PolicyFacts[]
  views: ViewFacts[]
  functions: FunctionFacts[]
  types: TypeFacts[]
  sequences: SequenceFacts[]
  extensions: ExtensionFacts[]
  roles: RoleFacts[]
  grants: GrantFacts[]
  activity: ActivityFacts
  write_ahead_log: WriteAheadLogFacts
  wraparound: WraparoundFacts
  statements: StatementFacts
  bloat: BloatFacts[]
  /** Absent on a server, or in a database, without TimescaleDB: then it is not applicable, and not “not measured”. */
  timescale: TimescaleFacts | null
}
export type FactName = keyof Facts

/** What was asked, or why there is no answer: a whole sentence for a beginner. */
export type Measured<T> = { value: T } | { not_measured: string }
export type Gathered = { [N in FactName]: Measured<Facts[N]> }
