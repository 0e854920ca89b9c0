import type { Assessment } from './assess.ts'
import type { ColumnFacts, FactName, Facts, Gathered } from './facts.ts'
import { purposeOf } from './purpose.ts'
import type { Column, Constraint, Index, Performance, Relation, Report, Summary } from './report.ts'
import { type Discretion, withhold } from './values.ts'
import { compare } from './words.ts'

export type ModelOptions = { generatedAt: Date; discretion: Discretion; excludeSchemas: readonly string[] }

/** Facts and findings → the report. Pure. Object ids end here: they differ from copy to copy of a database. */
export function model(gathered: Gathered, assessment: Assessment, options: ModelOptions): Report {
  const get = <N extends FactName>(name: N): Facts[N] | undefined => {
    const fact = gathered[name]
    return 'value' in fact ? fact.value : undefined
  }
  const server = get('server')
  if (server === undefined) throw new Error('There is no report without a server.')
  const shown = (schema: string) => !options.excludeSchemas.includes(schema)
  const relations = relationsOf(get, options.discretion).filter(({ schema }) => shown(schema))
  const timescale = get('timescale')
  return {
    schema_version: 1,
    generated_at: options.generatedAt.toISOString(),
    server,
    summary: summarise(relations, get, assessment),
    health: assessment.health,
    findings: assessment.findings,
    checks: assessment.checks,
    not_measured: notMeasured(gathered),
    schemas: (get('schemas') ?? []).filter(({ name }) => shown(name)),
    relations,
    functions: (get('functions') ?? []).filter(({ schema }) => shown(schema)),
    types: (get('types') ?? []).filter(({ schema }) => shown(schema)),
    sequences: (get('sequences') ?? []).filter(({ schema }) => shown(schema)),
    extensions: get('extensions') ?? [],
    roles: get('roles') ?? [],
    timescaledb: timescale ? { jobs: timescale.jobs, errors_visible: timescale.errors_visible } : null,
    performance: performanceOf(get, relations),
  }
}

type Get = <N extends FactName>(name: N) => Facts[N] | undefined

function notMeasured(gathered: Gathered): Report['not_measured'] {
  const names = Object.keys(gathered) as FactName[]
  return names
    .flatMap(name => {
      const fact = gathered[name]
      return 'not_measured' in fact ? [{ what: name.replaceAll('_', ' '), why: fact.not_measured }] : []
    })
    .sort((a, b) => (a.what < b.what ? -1 : 1))
}

/** By oid, in the order in which they came. */
function grouped<T, K extends string>(rows: readonly T[] | undefined, key: K): Map<number, Omit<T, K>[]> {
  const groups = new Map<number, Omit<T, K>[]>()
  for (const row of rows ?? []) {
    const { [key]: oid, ...rest } = row as T & Record<K, number>
    const group = groups.get(oid)
    if (group) group.push(rest as Omit<T, K>)
    else groups.set(oid, [rest as Omit<T, K>])
  }
  return groups
}

function relationsOf(get: Get, discretion: Discretion): Relation[] {
  const columns = grouped(get('columns'), 'oid')
  const constraints = grouped(get('constraints'), 'relation')
  const indexes = grouped(get('indexes'), 'relation')
  const triggers = grouped(get('triggers'), 'relation')
  const policies = grouped(get('policies'), 'relation')
  const grants = grouped(get('grants'), 'relation')
  const views = grouped(get('views'), 'relation')
  const bloat = grouped(get('bloat'), 'relation')
  const timescale = get('timescale')
  const hypertables = grouped(timescale?.hypertables, 'relation')
  const aggregates = grouped(timescale?.continuous_aggregates, 'relation')
  const referencedBy = references(get)

  return (get('relations') ?? []).map(({ oid, ...facts }) => {
    const own = columns.get(oid) ?? []
    const { id: _h, ...hypertable } = hypertables.get(oid)?.[0] ?? { id: undefined }
    const {
      id: _a,
      definition,
      ...aggregate
    } = aggregates.get(oid)?.[0] ?? {
      id: undefined,
      definition: undefined,
    }
    const source = 'source' in aggregate ? [aggregate.source] : []
    const keys = (constraints.get(oid) ?? []).map(constraint)
    return {
      ...facts,
      purpose: purposeOf(facts, keys, own),
      columns: own.map(one => withhold(column(one, facts.rows), discretion)),
      constraints: keys,
      indexes: (indexes.get(oid) ?? []).map(
        ({ oid: _o, signature: _s, key_signatures: _k, ...index }): Index => index,
      ),
      triggers: triggers.get(oid) ?? [],
      policies: policies.get(oid) ?? [],
      grants: grants.get(oid) ?? [],
      referenced_by: referencedBy.get(oid) ?? [],
      definition: definition ?? views.get(oid)?.[0]?.definition ?? null,
      uses: source.length > 0 ? source : (views.get(oid)?.[0]?.uses ?? []),
      bloat: bloat.get(oid)?.[0] ?? null,
      hypertable: 'dimensions' in hypertable ? hypertable : null,
      continuous_aggregate: 'source' in aggregate ? aggregate : null,
    }
  })
}

/** Below zero it is a share of the rows, and means something only with their number. */
function column(facts: Omit<ColumnFacts, 'oid'>, rows: number | null): Column {
  const { statistics } = facts
  if (statistics === null || statistics.distinct === null || statistics.distinct >= 0) return facts
  const distinct = rows === null ? null : Math.round(-statistics.distinct * rows)
  return { ...facts, statistics: { ...statistics, distinct } }
}

const constraint = ({
  oid: _,
  column_types: __,
  references: to,
  ...rest
}: Omit<Facts['constraints'][number], 'relation'>): Constraint => ({
  ...rest,
  references: to && { id: to.id, columns: to.columns },
})

function references(get: Get): Map<number, Relation['referenced_by']> {
  const idOf = new Map((get('relations') ?? []).map(({ oid, id }) => [oid, id]))
  const found = new Map<number, Relation['referenced_by']>()
  for (const { relation, name, columns, references: to } of get('constraints') ?? []) {
    const id = idOf.get(relation)
    if (to === null || id === undefined) continue
    const list = found.get(to.oid) ?? []
    list.push({ id, constraint: name, columns, references: to.columns })
    found.set(to.oid, list)
  }
  for (const list of found.values())
    list.sort((a, b) => compare(a.id, b.id) || compare(a.constraint, b.constraint))
  return found
}

function summarise(relations: readonly Relation[], get: Get, { findings }: Assessment): Summary {
  const own = relations.filter(({ extension }) => extension === null)
  const ofKind = (...kinds: string[]) => own.filter(({ kind }) => kinds.includes(kind)).length
  const stored = own.filter(({ kind }) => kind !== 'continuous aggregate' && kind !== 'materialized view')
  const measured = get('relations') !== undefined
  return {
    tables: ofKind('table', 'partitioned table', 'hypertable', 'foreign table'),
    hypertables: ofKind('hypertable'),
    chunks: own.reduce((sum, { hypertable }) => sum + (hypertable?.chunks ?? 0), 0),
    continuous_aggregates: ofKind('continuous aggregate'),
    views: ofKind('view', 'materialized view'),
    indexes: own.reduce((sum, { indexes }) => sum + indexes.length, 0),
    functions: (get('functions') ?? []).length,
    rows: measured ? stored.reduce((sum, { rows }) => sum + (rows ?? 0), 0) : null,
    bytes: get('server')?.database_bytes ?? null,
    by_severity: {
      critical: findings.filter(({ severity }) => severity === 'critical').length,
      warning: findings.filter(({ severity }) => severity === 'warning').length,
      notice: findings.filter(({ severity }) => severity === 'notice').length,
    },
  }
}

function performanceOf(get: Get, relations: readonly Relation[]): Performance {
  const read = relations.reduce((sum, { usage }) => sum + (usage?.blocks_read ?? 0), 0)
  const hit = relations.reduce((sum, { usage }) => sum + (usage?.blocks_hit ?? 0), 0)
  return {
    activity: get('activity') ?? null,
    write_ahead_log: get('write_ahead_log') ?? null,
    wraparound: get('wraparound') ?? null,
    statements: get('statements') ?? null,
    cache_hit_ratio: read + hit > 0 ? hit / (read + hit) : null,
  }
}
