import type { Explanation } from '../../errors.ts'

/** What the catalog says about a relation that has one of the sample's names. */
export type Relation = {
  name: string
  kind: RelationKind
  columns: readonly Column[]
  /** Its comment is the sample's. */
  ours: boolean
  empty: boolean
}

type RelationKind =
  | 'table'
  | 'continuous aggregate'
  | 'materialized view'
  | 'view'
  | 'foreign table'
  | 'partitioned table'
  | 'index'
  | 'sequence'
  | 'type'

type Column = { name: string; type: string }

export const aggregateName = 'health_metrics_1min_cagg'

const time = 'timestamp with time zone'
const number = 'double precision'

/** Names and types of the columns, as PostgreSQL's format_type() writes them. */
const expected: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  stations: { id: 'bigint', name: 'text', latitude: number, longitude: number, altitude: number },
  meteo_metrics: { time, station: 'text', temperature: number, humidity: number, pressure: number },
  power_metrics: {
    time,
    service_name: 'text',
    channel: 'text',
    voltage: number,
    current: number,
    power: number,
  },
  health_metrics: { time, service: 'text', category: 'text', percentage: number },
  [aggregateName]: {
    time,
    service: 'text',
    category: 'text',
    avg_health: number,
    min_percentage: number,
    max_percentage: number,
  },
}

export const sampleNames: readonly string[] = Object.keys(expected)

/** What the decision needs to know about the database. */
export type Surroundings = {
  database: string
  /** The schema of TimescaleDB's functions; null where the extension is not created in this database. */
  extensionSchema: string | null
  /** The server has loaded TimescaleDB's library when it started. */
  preloaded: boolean
  relations: readonly Relation[]
}

export type Objection = Explanation & { kind: 'usage' | 'prerequisite' }

/**
 * Why the sample may not be loaded beside what is there, or undefined when it may: nothing that somebody else made
 * is ever emptied or loaded into.
 */
export function objection({
  database,
  extensionSchema,
  preloaded,
  relations,
}: Surroundings): Objection | undefined {
  if (extensionSchema !== null && !preloaded) {
    return {
      kind: 'prerequisite',
      what: `Database “${database}” uses TimescaleDB, but the server runs without it. Nothing was changed.`,
      why: 'shared_preload_libraries does not name timescaledb. Hypertables cannot be read or written like this.',
      hint: "Set shared_preload_libraries = 'timescaledb' in the server's postgresql.conf, and restart it.",
    }
  }
  const found = relations.flatMap(relation => {
    const why = differences(relation)
    return why.length > 0 ? [{ name: relation.name, why }] : []
  })
  if (found.length === 0) return undefined
  const names = found.map(({ name }) => name).join(', ')
  return {
    kind: 'usage',
    what: `Database “${database}” already has ${names}, and ${found.length > 1 ? 'they are' : 'it is'} not the sample's. Nothing was changed.`,
    why: found.map(({ name, why }) => `${name}: ${why.join('; ')}.`).join('\n'),
    hint: [
      'Load the sample into a database of its own:',
      '  make psql, and there: CREATE DATABASE sample;',
      '  make sample PGDATABASE=sample',
      'Or, if what is there may go away, rename or drop it first.',
    ].join('\n'),
  }
}

function differences(relation: Relation): string[] {
  const kinds = relation.name === aggregateName ? ['materialized view', 'continuous aggregate'] : ['table']
  if (!kinds.includes(relation.kind)) return [`it is a ${relation.kind}, not a ${kinds.join(' or ')}`]

  const wanted = expected[relation.name] ?? {}
  const actual = new Map(relation.columns.map(({ name, type }) => [name, type]))
  const missing = Object.keys(wanted).filter(name => !actual.has(name))
  const extra = [...actual.keys()].filter(name => !(name in wanted))
  const retyped = Object.entries(wanted).flatMap(([name, type]) => {
    const is = actual.get(name)
    return is === undefined || is === type ? [] : [`column ${name} is ${is}, not ${type}`]
  })
  const columns = [
    ...(missing.length > 0 ? [`it has no column ${missing.join(', ')}`] : []),
    ...(extra.length > 0 ? [`it has a column of its own: ${extra.join(', ')}`] : []),
    ...retyped,
  ]
  if (columns.length > 0 || relation.ours) return columns
  if (relation.kind === 'table' && relation.empty) return []
  return [
    'it has the right columns, but make sample did not make it (its comment would say so), and it is not empty',
  ]
}
