import type { Column, Constraint, Index, Relation, Report } from '../../explore/report.ts'

/** Reports made by hand, for tests of what is made from a report. Everything that is not given is as plain as can be. */
export function reportOf(relations: Relation[], rest: Partial<Report> = {}): Report {
  const sorted = [...relations].sort((a, b) => (a.id < b.id ? -1 : 1))
  const tables = relations.filter(({ kind }) => kind.includes('table'))
  return {
    schema_version: 1,
    generated_at: '2026-11-20T10:00:00.000Z',
    server: {
      version: '17.6',
      version_num: 170006,
      database: 'sample',
      encoding: 'UTF8',
      collation: 'C',
      collation_version: null,
      collation_version_now: null,
      database_bytes: 1_000_000,
      database_comment: null,
      in_recovery: false,
      started_at: '2026-11-01T00:00:00.000000Z',
      statistics_since: '2026-11-01T00:00:00.000000Z',
      role: 'postgres',
      superuser: true,
      reads_all_statistics: true,
      reads_all_settings: true,
      timescaledb_version: '2.19.3',
      timescaledb_license: 'timescale',
      memory_bytes: null,
    },
    summary: {
      tables: tables.length,
      hypertables: relations.filter(({ kind }) => kind === 'hypertable').length,
      chunks: 0,
      continuous_aggregates: 0,
      views: 0,
      indexes: 0,
      functions: 0,
      rows: 0,
      bytes: 1_000_000,
      by_severity: { critical: 0, warning: 0, notice: 0 },
    },
    health: { score: 100, why_none: null, assessed: 1, of: 1, deductions: [] },
    findings: [],
    checks: [],
    not_measured: [],
    schemas: [...new Set(relations.map(({ schema }) => schema))]
      .sort()
      .map(name => ({ name, owner: 'postgres', comment: null, grants: [], extension: null })),
    relations: sorted,
    functions: [],
    types: [],
    sequences: [],
    extensions: [],
    roles: [],
    timescaledb: { jobs: [], errors_visible: true },
    performance: {
      activity: null,
      write_ahead_log: null,
      wraparound: null,
      statements: null,
      cache_hit_ratio: null,
    },
    ...rest,
  }
}

/** quote_ident, near enough. */
const quoted = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`

export function relationOf(schema: string, name: string, rest: Partial<Relation> = {}): Relation {
  const isView = rest.kind === 'view'
  return {
    id: `${quoted(schema)}.${quoted(name)}`,
    schema,
    name,
    kind: 'table',
    owner: 'postgres',
    comment: null,
    extension: null,
    persistence: 'permanent',
    access_method: isView ? null : 'heap',
    tablespace: null,
    options: [],
    row_security: false,
    force_row_security: false,
    replica_identity: isView ? null : 'default',
    partition_key: null,
    inherits: [],
    parts: 0,
    rows: isView ? null : 100,
    table_bytes: isView ? 0 : 8192,
    index_bytes: 0,
    toast_bytes: 0,
    total_bytes: isView ? 0 : 8192,
    sizes_exact: true,
    xid_age: null,
    mxid_age: null,
    usage: null,
    vacuum_due: 0,
    analyze_due: 0,
    autovacuum_off: 0,
    never_analyzed: 0,
    purpose: null,
    columns: [],
    constraints: [],
    indexes: [],
    triggers: [],
    policies: [],
    grants: [],
    referenced_by: [],
    definition: null,
    uses: [],
    bloat: null,
    hypertable: null,
    continuous_aggregate: null,
    ...rest,
  }
}

export const columnOf = (name: string, type = 'integer', rest: Partial<Column> = {}): Column => ({
  position: 1,
  name,
  type,
  not_null: true,
  default: null,
  generated: null,
  collation: null,
  comment: null,
  statistics: null,
  ...rest,
})

export const primaryKeyOf = (...columns: string[]): Constraint => ({
  name: 'pkey',
  kind: 'primary key',
  columns,
  definition: `PRIMARY KEY (${columns.join(', ')})`,
  validated: true,
  deferrable: false,
  references: null,
  on_delete: null,
  on_update: null,
  comment: null,
})

export const foreignKeyTo = (id: string, column: string, to = 'id'): Constraint => ({
  ...primaryKeyOf(column),
  name: `${column}_fkey`,
  kind: 'foreign key',
  definition: `FOREIGN KEY (${column}) REFERENCES ${id}(${to})`,
  references: { id, columns: [to] },
  on_delete: 'no action',
  on_update: 'no action',
})

export const indexOf = (relation: string, name: string, rest: Partial<Index> = {}): Index => ({
  id: `${relation.split('.')[0]}.${name}`,
  name,
  method: 'btree',
  definition: `CREATE INDEX ${name} ON ${relation} USING btree (id)`,
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
  key: ['id'],
  include: [],
  bytes: 8192,
  scans: 0,
  rows_read: 0,
  last_scan: null,
  parts: 0,
  ...rest,
})
