import type { Severity } from './checks/check.ts'
import type { Drift } from './drift/drift.ts'
import type {
  ActivityFacts,
  BloatFacts,
  ColumnFacts,
  ConstraintFacts,
  ContinuousAggregateFacts,
  ExtensionFacts,
  FunctionFacts,
  HypertableFacts,
  IndexFacts,
  JobFacts,
  PolicyFacts,
  RelationFacts,
  RoleFacts,
  SchemaFacts,
  SequenceFacts,
  ServerFacts,
  StatementFacts,
  TriggerFacts,
  TypeFacts,
  WraparoundFacts,
  WriteAheadLogFacts,
} from './facts.ts'

/**
 * report.json: the model that Markdown and HTML are renderings of. Everything is in an order of its own (names, or
 * worth), so that the same database gives the same bytes, `generated_at` aside. Object ids (oid) are not part of it:
 * they differ from one copy of a database to the next.
 */
export type Report = {
  schema_version: 1
  /** ISO 8601, UTC. */
  generated_at: string
  server: ServerFacts
  summary: Summary
  health: Health
  /** In order of severity and worth. */
  findings: Finding[]
  /** Every check, by number. */
  checks: CheckOutcome[]
  /** What could not be looked at, and why. */
  not_measured: { what: string; why: string }[]
  schemas: SchemaFacts[]
  /** By id. */
  relations: Relation[]
  functions: FunctionFacts[]
  types: TypeFacts[]
  sequences: SequenceFacts[]
  extensions: ExtensionFacts[]
  roles: RoleFacts[]
  timescaledb: { jobs: JobFacts[]; errors_visible: boolean } | null
  performance: Performance
  /** What is different since an older report, where one was given. */
  drift?: Drift | null
}

export type Summary = {
  tables: number
  hypertables: number
  chunks: number
  continuous_aggregates: number
  views: number
  indexes: number
  functions: number
  rows: number | null
  bytes: number | null
  by_severity: Record<Severity, number>
}

export type Health = {
  /** 0 to 100; null where there is nothing to judge: no tables. */
  score: number | null
  /** What is said in the place of a score. */
  why_none: string | null
  assessed: number
  /** Checks that apply here and are not switched off. */
  of: number
  deductions: { check: string; title: string; points: number; findings: number }[]
}

export type Finding = {
  check: string
  title: string
  severity: Severity
  object: string
  /** Id of the relation whose page has it, or null. */
  relation: string | null
  reason: string
  sql: string | null
}

export type CheckOutcome = {
  number: string
  name: string
  title: string
  severity: Severity
  why: string
  mend: string
  source: string
  outcome: 'passed' | 'found' | 'not assessed' | 'not applicable' | 'off'
  /** Why it was not assessed or does not apply. */
  reason: string | null
  findings: number
}

export type Column = Omit<ColumnFacts, 'oid'>
export type Index = Omit<IndexFacts, 'oid' | 'relation' | 'signature' | 'key_signatures'>
export type Constraint = Omit<ConstraintFacts, 'oid' | 'relation' | 'references' | 'column_types'> & {
  references: { id: string; columns: string[] } | null
}

export type Relation = Omit<RelationFacts, 'oid'> & {
  /** The comment, or what is inferred from names and keys. */
  purpose: { text: string; inferred: boolean } | null
  columns: Column[]
  constraints: Constraint[]
  indexes: Index[]
  triggers: Omit<TriggerFacts, 'relation'>[]
  policies: Omit<PolicyFacts, 'relation'>[]
  grants: { grantee: string; privileges: string[]; grantable: boolean }[]
  /** Ids of relations with a foreign key to this one. */
  referenced_by: { id: string; constraint: string; columns: string[]; references: string[] }[]
  /** Of a view or a continuous aggregate. */
  definition: string | null
  uses: string[]
  bloat: Omit<BloatFacts, 'relation'> | null
  hypertable: Omit<HypertableFacts, 'relation' | 'id'> | null
  continuous_aggregate: Omit<ContinuousAggregateFacts, 'relation' | 'id' | 'definition'> | null
}

/** Null where it was not measured; `not_measured` says why. */
export type Performance = {
  activity: ActivityFacts | null
  write_ahead_log: WriteAheadLogFacts | null
  wraparound: WraparoundFacts | null
  statements: StatementFacts | null
  /** Of tables and indexes of this database, shared buffers only; null without traffic. 0 to 1. */
  cache_hit_ratio: number | null
}
