import type { Finding, Relation, Report } from '../../explore/report.ts'

/** Reports without a server: what a rendering must cope with, whether a server ever says it or not. */

const at = '2026-03-01T12:00:00.000Z'

export const emptyReport = (): Report => ({
  schema_version: 1,
  generated_at: at,
  server: {
    version: '17.6',
    version_num: 170006,
    database: 'weather',
    encoding: 'UTF8',
    collation: 'en_US.UTF-8',
    collation_version: '2.41',
    collation_version_now: '2.41',
    database_bytes: 8_000_000,
    database_comment: null,
    in_recovery: false,
    started_at: '2026-02-20T03:04:05.000Z',
    statistics_since: '2026-01-04T00:00:00.000Z',
    role: 'postgres',
    superuser: true,
    reads_all_statistics: true,
    reads_all_settings: true,
    timescaledb_version: null,
    timescaledb_license: null,
    memory_bytes: null,
  },
  summary: {
    tables: 0,
    hypertables: 0,
    chunks: 0,
    continuous_aggregates: 0,
    views: 0,
    indexes: 0,
    functions: 0,
    rows: null,
    bytes: null,
    by_severity: { critical: 0, warning: 0, notice: 0 },
  },
  health: { score: null, why_none: '0 tables', assessed: 0, of: 0, deductions: [] },
  findings: [],
  checks: [],
  not_measured: [],
  schemas: [],
  relations: [],
  functions: [],
  types: [],
  sequences: [],
  extensions: [],
  roles: [],
  timescaledb: null,
  performance: {
    activity: null,
    write_ahead_log: null,
    wraparound: null,
    statements: null,
    cache_hit_ratio: null,
  },
})

const column = (position: number, name: string, type: string): Relation['columns'][number] => ({
  position,
  name,
  type,
  not_null: position === 1,
  default: null,
  generated: null,
  collation: null,
  comment: null,
  statistics: {
    null_share: position === 1 ? 0 : 0.125,
    distinct: position * 100,
    average_width: 8,
    common_values: [
      { value: 'Berlin', share: 0.42 },
      { value: 'Lisboa', share: 0.08 },
    ],
    withheld: false,
  },
})

const index = (table: string, name: string, on: string): Relation['indexes'][number] => ({
  id: `public.${name}`,
  name,
  method: 'btree',
  definition: `CREATE INDEX ${name} ON public.${table} USING btree (${on})`,
  primary: false,
  unique: false,
  exclusion: false,
  constraint: null,
  valid: true,
  building: false,
  replica_identity: false,
  clustered: false,
  extension: null,
  predicate: null,
  key: [on],
  include: [],
  bytes: 1_234_567,
  scans: 0,
  rows_read: 0,
  last_scan: null,
  parts: 0,
})

/** `quoted` is the id's part: the name as SQL would write it. */
export function table(name: string, change: Partial<Relation> = {}, quoted = name): Relation {
  return {
    id: `public.${quoted}`,
    schema: 'public',
    name,
    kind: 'table',
    owner: 'postgres',
    comment: null,
    extension: null,
    persistence: 'permanent',
    access_method: 'heap',
    tablespace: null,
    options: [],
    row_security: false,
    force_row_security: false,
    replica_identity: 'default',
    partition_key: null,
    inherits: [],
    parts: 0,
    rows: 12_345,
    table_bytes: 8_000_000,
    index_bytes: 2_000_000,
    toast_bytes: 8192,
    total_bytes: 10_008_192,
    sizes_exact: true,
    xid_age: 1_000_000,
    mxid_age: 1,
    usage: {
      seq_scans: 12,
      seq_rows: 148_140,
      index_scans: 3456,
      index_rows: 7890,
      inserted: 12_345,
      updated: 200,
      deleted: 10,
      hot_updated: 150,
      live_rows: 12_345,
      dead_rows: 321,
      changed_since_analyze: 17,
      last_vacuum: '2026-02-28T23:00:00.000Z',
      last_analyze: null,
      blocks_read: 400,
      blocks_hit: 99_000,
    },
    vacuum_due: 0,
    analyze_due: 0,
    autovacuum_off: 0,
    never_analyzed: 0,
    purpose: null,
    columns: [column(1, 'id', 'bigint'), column(2, 'city', 'text')],
    constraints: [],
    indexes: [index(name, `${name}_city_idx`, 'city')],
    triggers: [],
    policies: [],
    grants: [],
    referenced_by: [],
    definition: null,
    uses: [],
    bloat: null,
    hypertable: null,
    continuous_aggregate: null,
    ...change,
  }
}

const checks: Report['checks'] = [
  {
    number: '0201',
    name: 'unused_index',
    title: 'Index that nobody scans',
    severity: 'warning',
    why: 'Every write pays for an index, and backups carry it.',
    mend: 'Look whether a report that runs once a month needs it, then drop it.',
    source: 'https://www.postgresql.org/docs/current/monitoring-stats.html',
    outcome: 'found',
    reason: null,
    findings: 1,
  },
  {
    number: '0501',
    name: 'archive_fails',
    title: 'The archive of WAL fails',
    severity: 'critical',
    why: 'Without it nobody can go back to a moment in the past, and the disk fills up.',
    mend: 'Read the server log, and mend archive_command.',
    source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
    outcome: 'found',
    reason: null,
    findings: 1,
  },
  {
    number: '0401',
    name: 'slow_statements',
    title: 'Slow statement',
    severity: 'notice',
    why: 'It keeps others waiting.',
    mend: 'EXPLAIN it.',
    source: 'https://www.postgresql.org/docs/current/pgstatstatements.html',
    outcome: 'not assessed',
    reason: 'The extension pg_stat_statements is not installed.',
    findings: 0,
  },
  {
    number: '0601',
    name: 'job_failed',
    title: 'A job of TimescaleDB failed',
    severity: 'critical',
    why: 'Old data is not compressed any more.',
    mend: 'Read its error.',
    source: 'https://docs.tigerdata.com/',
    outcome: 'passed',
    reason: null,
    findings: 0,
  },
]

const hypertable: Relation['hypertable'] = {
  dimensions: [
    {
      column: 'time',
      type: 'timestamp with time zone',
      kind: 'time',
      interval: '604800000000',
      interval_text: '7 days',
      partitions: null,
      integer_now: null,
    },
  ],
  compression_enabled: true,
  segment_by: ['city'],
  order_by: ['"time" DESC'],
  chunks: 48,
  compressed_chunks: 40,
  first_start: '2025-04-03T00:00:00.000Z',
  last_end: '2026-03-05T00:00:00.000Z',
  bytes: 3_400_000_000,
  before_compression_bytes: 28_000_000_000,
  after_compression_bytes: 1_400_000_000,
  current_chunk_index_bytes: 300_000_000,
  current_chunk_bytes: 700_000_000,
  largest_chunk_bytes: 800_000_000,
  timeline: Array.from({ length: 48 }, (_, i) => ({
    start: new Date(Date.UTC(2025, 3, 3 + 7 * i)).toISOString(),
    end: new Date(Date.UTC(2025, 3, 10 + 7 * i)).toISOString(),
    chunks: i === 12 || i === 13 ? 0 : 1,
    compressed: i < 42 && i !== 12 && i !== 13 ? 1 : 0,
    bytes: i < 42 ? 40_000_000 + 900_000 * i : 500_000_000 + 30_000_000 * (i - 42),
  })),
  overdue_compression: 2,
}

/** A small weather service, with a little of everything. */
export function sampleReport(): Report {
  const empty = emptyReport()
  const city = table('city', {
    comment: 'Places that are measured.',
    purpose: { text: 'Places that are measured.', inferred: false },
    constraints: [
      key('city_pkey', 'primary key', ['id'], 'PRIMARY KEY (id)'),
      key('city_name_check', 'check', ['city'], "CHECK ((city <> ''::text))"),
    ],
    indexes: [
      {
        ...index('city', 'city_pkey', 'id'),
        primary: true,
        unique: true,
        constraint: 'city_pkey',
        scans: 99_120,
      },
      { ...index('city', 'city_city_idx', 'city'), scans: 12, last_scan: '2026-02-01T10:00:00.000Z' },
    ],
    grants: [{ grantee: 'reader', privileges: ['SELECT'], grantable: false }],
    referenced_by: [
      { id: 'public.meteo', constraint: 'meteo_city_fkey', columns: ['city_id'], references: ['id'] },
    ],
  })
  const meteo = table('meteo', {
    kind: 'hypertable',
    rows: 184_000_000,
    total_bytes: 3_400_000_000,
    parts: 48,
    purpose: { text: 'Measurements over time of each city.', inferred: true },
    columns: [
      column(1, 'time', 'timestamp with time zone'),
      column(2, 'city_id', 'bigint'),
      column(3, 'temperature', 'double precision'),
      {
        ...column(4, 'password', 'text'),
        comment: 'Must not be shown.',
        statistics: { null_share: 0, distinct: null, average_width: 20, common_values: null, withheld: true },
      },
      { ...column(5, 'wind', 'real'), statistics: null, default: '0', generated: 'stored' },
    ],
    constraints: [
      {
        ...key('meteo_city_fkey', 'foreign key', ['city_id'], 'FOREIGN KEY (city_id) REFERENCES city(id)'),
        references: { id: 'public.city', columns: ['id'] },
        on_delete: 'CASCADE',
        on_update: 'NO ACTION',
      },
    ],
    indexes: [
      { ...index('meteo', 'meteo_time_idx', '"time" DESC'), parts: 48, bytes: 900_000_000, scans: 5_000_000 },
      { ...index('meteo', 'meteo_city_idx', 'city_id'), parts: 48, bytes: 700_000_000 },
    ],
    triggers: [
      {
        name: 'ts_insert_blocker',
        definition:
          'CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.meteo FOR EACH ROW EXECUTE FUNCTION f()',
        enabled: true,
        function: 'public.f',
        comment: null,
      },
    ],
    bloat: { table_bytes: 3_400_000_000, bloat_bytes: 340_000_000, parts: 48 },
    hypertable,
  })
  const none = {
    usage: null,
    rows: null,
    table_bytes: 0,
    index_bytes: 0,
    toast_bytes: 0,
    total_bytes: 0,
    indexes: [],
    xid_age: null,
    mxid_age: null,
  }
  const daily = table('meteo_daily', {
    ...none,
    kind: 'continuous aggregate',
    definition:
      'SELECT time_bucket(\'1 day\', m."time") AS day,\n    m.city_id,\n    avg(m.temperature) AS mean\n   FROM meteo m\n  GROUP BY 1, m.city_id;',
    uses: ['public.meteo'],
    columns: [{ ...column(1, 'day', 'timestamp with time zone'), statistics: null }],
    continuous_aggregate: {
      source: 'public.meteo',
      root: 'public.meteo',
      materialized_only: true,
      finalized: true,
      bucket_seconds: 86_400,
      compression_enabled: false,
      bytes: 12_000_000,
      watermark: '2026-02-28T00:00:00.000Z',
      refresh: {
        job: 1001,
        start_offset: '7 days',
        end_offset: '1 day',
        start_offset_seconds: 604_800,
        end_offset_seconds: 86_400,
        schedule_seconds: 3600,
      },
      lag_seconds: 43_200,
    },
  })
  const view = table('warm', {
    ...none,
    kind: 'view',
    definition: 'SELECT * FROM meteo WHERE temperature > 25;',
    uses: ['public.meteo'],
    columns: [{ ...column(1, 'time', 'timestamp with time zone'), statistics: null }],
  })
  const findings: Finding[] = [
    {
      check: '0501',
      title: 'The archive of WAL fails',
      severity: 'critical',
      object: '',
      relation: null,
      reason: '12 attempts failed since the last that succeeded.',
      sql: null,
    },
    {
      check: '0201',
      title: 'Index that nobody scans',
      severity: 'warning',
      object: 'public.meteo_city_idx',
      relation: 'public.meteo',
      reason: 'meteo_city_idx takes 668MB and was not scanned once in 56 days.',
      sql: 'DROP INDEX CONCURRENTLY public.meteo_city_idx;',
    },
  ]
  return {
    ...empty,
    server: {
      ...empty.server,
      timescaledb_version: '2.19.3',
      timescaledb_license: 'timescale',
      memory_bytes: 8 * 2 ** 30,
      database_bytes: 3_600_000_000,
      database_comment: 'What the weather was.',
    },
    summary: {
      tables: 2,
      hypertables: 1,
      chunks: 48,
      continuous_aggregates: 1,
      views: 1,
      indexes: 4,
      functions: 1,
      rows: 184_012_345,
      bytes: 3_410_008_192,
      by_severity: { critical: 1, warning: 1, notice: 0 },
    },
    health: {
      score: 69,
      why_none: null,
      assessed: 3,
      of: 4,
      deductions: [
        { check: '0501', title: 'The archive of WAL fails', points: 25, findings: 1 },
        { check: '0201', title: 'Index that nobody scans', points: 6, findings: 1 },
      ],
    },
    findings,
    checks,
    drift: {
      since: '2026-02-01T00:00:00.000Z',
      until: at,
      health: { from: 75, to: 69 },
      added: [{ what: 'column', name: 'wind', relation: 'public.meteo' }],
      removed: [{ what: 'table', name: 'public.old', relation: 'public.old' }],
      changed: [
        {
          what: 'column',
          name: 'city',
          relation: 'public.city',
          aspect: 'type',
          from: 'varchar(20)',
          to: 'text',
        },
      ],
      grew: [{ relation: 'public.meteo', bytes: { from: 3_000_000_000, to: 3_400_000_000 }, rows: null }],
      unused: [
        {
          index: 'public.meteo_city_idx',
          relation: 'public.meteo',
          bytes: 700_000_000,
          scans: 120,
          days: 28,
        },
      ],
      findings: {
        new: [],
        gone: [
          {
            check: '0201',
            title: 'Index that nobody scans',
            severity: 'warning',
            object: 'public.old_idx',
            relation: null,
            reason: 'It took 12MB.',
          },
        ],
      },
      not_compared: [{ what: 'roles', why: 'Not measured in the older report.' }],
    },
    not_measured: [
      { what: 'Statements', why: 'The extension pg_stat_statements is not installed in this database.' },
    ],
    schemas: [
      {
        name: 'public',
        owner: 'pg_database_owner',
        comment: 'standard public schema',
        grants: ['=U/pg_database_owner'],
        extension: null,
      },
    ],
    relations: [city, meteo, daily, view],
    functions: [
      {
        id: 'public.f()',
        schema: 'public',
        name: 'f',
        arguments: '',
        result: 'trigger',
        kind: 'function',
        language: 'plpgsql',
        volatility: 'volatile',
        security_definer: false,
        settings: [],
        owner: 'postgres',
        comment: null,
      },
    ],
    types: [
      {
        id: 'public.mood',
        schema: 'public',
        name: 'mood',
        kind: 'enum',
        definition: "'sunny', 'rainy'",
        comment: null,
      },
    ],
    sequences: [
      {
        id: 'public.city_id_seq',
        schema: 'public',
        name: 'city_id_seq',
        type: 'bigint',
        limit: '2147483647',
        last_value: '12345',
        visible: true,
        increment: '1',
        cycle: false,
        owned_by: { relation: 'public.city', column: 'id', column_type: 'integer' },
        used: 0.0000057,
      },
    ],
    extensions: [
      {
        name: 'timescaledb',
        schema: 'public',
        version: '2.19.3',
        available: '2.19.3',
        comment: 'Time-series',
      },
    ],
    roles: [
      {
        name: 'postgres',
        superuser: true,
        login: true,
        createdb: true,
        createrole: true,
        replication: true,
        bypass_rls: true,
        connection_limit: null,
        valid_until: null,
        member_of: [],
        comment: null,
      },
      {
        name: 'reader',
        superuser: false,
        login: true,
        createdb: false,
        createrole: false,
        replication: false,
        bypass_rls: false,
        connection_limit: 5,
        valid_until: 'infinity',
        member_of: ['pg_monitor'],
        comment: null,
      },
    ],
    timescaledb: {
      errors_visible: false,
      jobs: [
        {
          id: 1001,
          application: 'Refresh',
          procedure: 'policy_refresh_continuous_aggregate',
          owner: 'postgres',
          internal: false,
          scheduled: true,
          fixed_schedule: true,
          schedule_seconds: 3600,
          max_retries: -1,
          config: null,
          hypertable: 'public.meteo_daily',
          kind: 'refresh',
          after: null,
          after_seconds: null,
          last_status: 'Failed',
          last_started_at: '2026-03-01T11:00:00.000Z',
          last_finished_at: '2026-03-01T11:00:01.000Z',
          last_succeeded_at: null,
          next_start: '2026-03-01T12:00:00.000Z',
          overdue_seconds: 0,
          total_runs: 12,
          total_failures: 12,
          consecutive_failures: 12,
          last_error: 'ERROR: out of memory',
        },
      ],
    },
    performance: {
      cache_hit_ratio: 0.9934,
      activity: {
        connections: 12,
        max_connections: 100,
        reserved_connections: 3,
        deadlocks: 0,
        temp_files: 4,
        temp_bytes: 4_000_000,
        checksum_failures: null,
        prepared: [],
        sessions: [
          {
            pid: 4711,
            role: 'app',
            database: 'weather',
            application: 'worker',
            client: '10.0.0.7',
            state: 'idle in transaction',
            transaction_seconds: 4200,
            state_seconds: 4100,
            query_seconds: null,
            wait: 'Client: ClientRead',
            blocked_by: [],
            xmin_age: 12_000,
            query: 'UPDATE city SET city = $1',
          },
        ],
      },
      write_ahead_log: {
        archive_mode: 'on',
        archive_configured: true,
        archived: 120,
        last_archived_at: '2026-03-01T10:00:00.000Z',
        archive_failures: 12,
        last_failed_at: '2026-03-01T11:50:00.000Z',
        last_failed_wal: '000000010000000000000042',
        checkpoints_timed: 400,
        checkpoints_requested: 7,
        checkpoints_since: null,
        slots: [
          {
            name: 'standby_1',
            type: 'physical',
            active: true,
            temporary: false,
            database: null,
            retained_bytes: 16_777_216,
            wal_status: 'reserved',
            xmin_age: null,
          },
        ],
        standbys: [
          {
            application: 'standby_1',
            client: '10.0.0.9',
            state: 'streaming',
            sync_state: 'async',
            behind_bytes: 4096,
            replay_lag_seconds: 0.2,
          },
        ],
        receiver: null,
      },
      wraparound: {
        databases: [{ name: 'weather', xid_age: 120_000_000, mxid_age: 3, allows_connections: true }],
        autovacuum_freeze_max_age: 200_000_000,
        autovacuum_multixact_freeze_max_age: 400_000_000,
      },
      statements: {
        since: '2026-02-01T00:00:00.000Z',
        statements: [
          {
            queryid: '1',
            role: 'app',
            query: 'SELECT avg(temperature)\n  FROM meteo\n WHERE city_id = $1 AND "time" > now() - $2',
            calls: 12_000,
            total_ms: 840_000,
            mean_ms: 70,
            max_ms: 900,
            rows: 12_000,
            shared_blocks_hit: 1000,
            shared_blocks_read: 40_000,
            temp_blocks_written: 0,
          },
        ],
      },
    },
  }
}

const key = (
  name: string,
  kind: Relation['constraints'][number]['kind'],
  columns: string[],
  definition: string,
): Relation['constraints'][number] => ({
  name,
  kind,
  columns,
  definition,
  validated: true,
  deferrable: false,
  references: null,
  on_delete: null,
  on_update: null,
  comment: null,
})

/** Every text that can come from a database, replaced by one that would rather be something else. */
export function hostileReport(text: string): Report {
  const spoil = (value: unknown, name = ''): unknown => {
    if (typeof value === 'string')
      return kept.has(name) || /_at$|_since$|^(start|end|first_start|last_end)$/.test(name)
        ? value
        : `${text}${value}`
    if (Array.isArray(value)) return value.map(one => spoil(one, name))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, spoil(one, key)]))
  }
  return spoil(sampleReport()) as Report
}
/** Words of our own, that no database decides. */
const kept = new Set([
  'kind',
  'severity',
  'outcome',
  'persistence',
  'generated',
  'generated_at',
  'volatility',
  'check',
  'number',
  'version',
  'timescaledb_version',
  'last_value',
  'limit',
])

/** So many tables, with ten columns and ten indexes each. */
export function largeReport(tables: number): Report {
  const sample = sampleReport()
  const pad = (n: number) => String(n).padStart(4, '0')
  const relations = Array.from({ length: tables }, (_, i) => {
    const name = `measurement_${pad(i)}`
    const schema = `area_${pad(i % 20)}`
    return table(name, {
      id: `${schema}.${name}`,
      schema,
      columns: Array.from({ length: 10 }, (_, c) =>
        column(c + 1, `value_${pad(i)}_${c}`, 'double precision'),
      ),
      indexes: Array.from({ length: 10 }, (_, c) => index(name, `${name}_${c}_idx`, `value_${pad(i)}_${c}`)),
      constraints: [
        key(`${name}_pkey`, 'primary key', [`value_${pad(i)}_0`], `PRIMARY KEY (value_${pad(i)}_0)`),
      ],
      purpose: { text: `Measurements of area ${i % 20}.`, inferred: true },
    })
  }).sort((a, b) => (a.id < b.id ? -1 : 1))
  const findings = relations.map(
    ({ id, name }): Finding => ({
      check: '0201',
      title: 'Index that nobody scans',
      severity: 'warning',
      object: `${id}_0_idx`,
      relation: id,
      reason: `${name}_0_idx takes 1.2MB and was not scanned once in 56 days.`,
      sql: `DROP INDEX CONCURRENTLY ${id}_0_idx;`,
    }),
  )
  return { ...sample, relations, findings, summary: { ...sample.summary, tables, indexes: tables * 10 } }
}
