import type { FactName, JobFacts } from '../facts.ts'
import type { Relation, Report } from '../report.ts'

/** One thing of a database, with everything of it that is compared, as text. */
export type Item = {
  key: string
  /** For people: table, column, index, role… */
  what: string
  name: string
  /** The relation that it is part of, or that it is. */
  relation: string | null
  /** The fact that it comes from: compared only where both reports have it. */
  fact: FactName
  /** Null: there is none. Undefined: nobody knows. */
  aspects: Record<string, string | null | undefined>
}

const yes = (value: boolean): string => (value ? 'yes' : 'no')
const list = (values: readonly string[]): string | null =>
  values.length > 0 ? [...values].sort().join(', ') : null

/** Everything that drift compares by name. What changes by itself (sizes, counts, ages) is not part of it. */
export function* itemsOf(report: Report): Generator<Item> {
  yield* serverItems(report)
  for (const relation of report.relations) {
    yield relationItem(relation)
    yield* partsOf(relation)
  }
  yield* schemaItems(report)
  yield* otherItems(report)
  for (const job of report.timescaledb?.jobs ?? []) if (!job.internal) yield jobItem(job)
}

function* serverItems({ server: s }: Report): Generator<Item> {
  yield item('server', 'server', '', {
    database: s.database,
    PostgreSQL: s.version,
    edition: s.timescaledb_license,
    encoding: s.encoding,
    collation: s.collation,
    'version of the collation': s.collation_version,
    standby: yes(s.in_recovery),
  })
}

function relationItem(relation: Relation): Item {
  const { id, kind, hypertable: h, continuous_aggregate: a } = relation
  const intervals = h?.dimensions.map(d => [
    `${d.kind === 'time' ? 'chunk interval' : 'partitions'} of ${d.column}`,
    d.kind === 'time' ? (d.interval_text ?? d.interval) : String(d.partitions),
  ])
  return {
    key: `relation ${id}`,
    what: kind,
    name: id,
    relation: id,
    fact: 'relations',
    aspects: {
      kind,
      owner: relation.owner,
      comment: relation.comment,
      extension: relation.extension,
      persistence: relation.persistence,
      'access method': relation.access_method,
      tablespace: relation.tablespace,
      options: list(relation.options),
      'row security': `${yes(relation.row_security)}${relation.force_row_security ? ', for its owner too' : ''}`,
      'replica identity': relation.replica_identity,
      'partition key': relation.partition_key,
      inherits: list(relation.inherits),
      // Null where nobody could read it: a view always has one.
      definition: relation.definition ?? undefined,
      ...(h && {
        ...Object.fromEntries(intervals ?? []),
        compression: yes(h.compression_enabled),
        'segment by': h.segment_by.join(', ') || null,
        'order by': h.order_by.join(', ') || null,
      }),
      ...(a && {
        source: a.source,
        'materialized only': yes(a.materialized_only),
        compression: yes(a.compression_enabled),
      }),
    },
  }
}

function* partsOf({ id, ...relation }: Relation): Generator<Item> {
  const part = (fact: FactName, what: string, name: string, aspects: Item['aspects']): Item => ({
    key: `${what} ${id} ${name}`,
    what,
    name,
    relation: id,
    fact,
    aspects,
  })
  for (const c of relation.columns)
    yield part('columns', 'column', c.name, {
      type: c.type,
      null: c.not_null ? 'not null' : 'allowed',
      default: c.default,
      generated: c.generated,
      collation: c.collation,
      comment: c.comment,
    })
  // That a column may not be null is told of the column; PostgreSQL 18 makes a constraint of it.
  for (const { name, kind, definition, validated } of relation.constraints.filter(c => c.kind !== 'not null'))
    yield part('constraints', kind, name, { definition, validated: yes(validated) })
  // Those of a constraint come and go with it.
  for (const { name, constraint, definition, valid } of relation.indexes)
    if (constraint === null) yield part('indexes', 'index', name, { definition, valid: yes(valid) })
  for (const { name, definition, enabled, comment } of relation.triggers)
    yield part('triggers', 'trigger', name, { definition, enabled: yes(enabled), comment })
  for (const p of relation.policies)
    yield part('policies', 'row security policy', p.name, {
      kind: p.permissive ? 'permissive' : 'restrictive',
      command: p.command,
      roles: list(p.roles),
      using: p.using,
      check: p.check,
    })
  for (const { grantee, privileges, grantable } of relation.grants)
    yield part('grants', grantable ? 'grant with grant option' : 'grant', grantee, {
      privileges: list(privileges),
    })
}

function* schemaItems({ schemas }: Report): Generator<Item> {
  for (const { name, owner, comment, grants } of schemas)
    yield item('schemas', 'schema', name, { owner, comment, grants: list(grants) })
}

function* otherItems({ functions, types, sequences, extensions, roles }: Report): Generator<Item> {
  for (const f of functions)
    yield item('functions', f.kind, f.id, {
      arguments: f.arguments,
      // That it changed is enough: it may be long.
      'body (md5)': f.body_md5,
      result: f.result,
      language: f.language,
      volatility: f.volatility,
      'security definer': yes(f.security_definer),
      settings: list(f.settings),
      owner: f.owner,
      comment: f.comment,
    })
  for (const { id, kind, definition, comment } of types)
    yield item('types', 'type', id, { kind, definition, comment })
  for (const { id, type, increment, cycle, owned_by: by } of sequences)
    yield item('sequences', 'sequence', id, {
      type,
      increment,
      cycle: yes(cycle),
      'owned by': by && `${by.relation}.${by.column}`,
    })
  for (const { name, version, schema } of extensions)
    yield item('extensions', 'extension', name, { version, schema })
  for (const r of roles)
    yield item('roles', 'role', r.name, {
      superuser: yes(r.superuser),
      login: yes(r.login),
      'create databases': yes(r.createdb),
      'create roles': yes(r.createrole),
      replication: yes(r.replication),
      'bypass row security': yes(r.bypass_rls),
      'connection limit': r.connection_limit === null ? null : String(r.connection_limit),
      'valid until': r.valid_until,
      'member of': list(r.member_of),
    })
}

const item = (fact: FactName, what: string, name: string, aspects: Item['aspects']): Item => ({
  key: `${what} ${name}`,
  what,
  name,
  relation: null,
  fact,
  aspects,
})

/** Policies of hypertables are jobs too. A job is known by its number, for several may do the same. */
function jobItem(job: JobFacts): Item {
  const number = `[${job.id}]`
  const name = job.application.includes(number) ? job.application : `${job.application} ${number}`
  const aspects = {
    procedure: job.procedure,
    owner: job.owner,
    scheduled: yes(job.scheduled),
    'every (seconds)': String(job.schedule_seconds),
    after: job.after,
    configuration: job.config,
  }
  return {
    ...item('timescale', `${job.kind} job`, name, aspects),
    key: `job ${job.id}`,
    relation: job.hypertable,
  }
}
