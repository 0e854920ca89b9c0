import { ToolkitError } from '../errors.ts'
import type { Relation } from '../postgres/database_facts.ts'
import { type NamePattern, nameMatches } from '../settings/names.ts'

export type SelectionInput = {
  tables?: readonly NamePattern[] | undefined
  excludeTables?: readonly NamePattern[] | undefined
  schema?: readonly NamePattern[] | undefined
  only?: 'schema' | 'data' | undefined
}

export type Selection = {
  /** As SQL text, for pg_dump. Empty: all of them. */
  tables: string[]
  excludeTables: string[]
  schemas: string[]
  /** What is dumped of the relations. */
  relations: Relation[]
  isPartial: boolean
}

/**
 * Which relations are meant. Of a partitioned table its partitions are as well.
 * @throws ToolkitError usage where a name means nothing, or where a part of a database with hypertables is asked for
 *   that could not be restored.
 */
export function selectRelations(relations: readonly Relation[], input: SelectionInput): Selection {
  const { tables, excludeTables, schema, only } = input
  const wanted = tables && withMembers(relations, find(relations, tables))
  const unwanted = excludeTables ? withMembers(relations, find(relations, excludeTables)) : []
  const schemas = schema ? findSchemas(relations, schema) : []
  const isPartial = Boolean(tables || excludeTables || schema)
  const chosen = relations.filter(
    relation =>
      (wanted === undefined || wanted.includes(relation)) &&
      !unwanted.includes(relation) &&
      (schemas.length === 0 || schemas.includes(relation.schema)),
  )
  refuseHypertables(relations, { named: wanted ?? [], unwanted, schemas, only })
  return {
    tables: wanted?.map(({ sql }) => sql) ?? [],
    excludeTables: unwanted.map(({ sql }) => sql),
    schemas: schemas.map(name => `"${name.replaceAll('"', '""')}"`),
    relations: chosen,
    isPartial,
  }
}

function find(relations: readonly Relation[], patterns: readonly NamePattern[]): Relation[] {
  const found = patterns.flatMap(pattern => {
    const [schema, name] = pattern.parts.length === 2 ? pattern.parts : [undefined, pattern.parts[0]]
    const matches = relations.filter(
      r => name && nameMatches(name, r.name) && (schema === undefined || nameMatches(schema, r.schema)),
    )
    if (matches.length === 0)
      throw noSuch(
        'table',
        pattern,
        relations.filter(r => !r.isChunk).map(r => r.sql),
      )
    return matches
  })
  return [...new Set(found)]
}

function findSchemas(relations: readonly Relation[], patterns: readonly NamePattern[]): string[] {
  const all = [...new Set(relations.map(({ schema }) => schema))]
  const found = patterns.flatMap(pattern => {
    const [name, more] = pattern.parts
    const matches = name && !more ? all.filter(schema => nameMatches(name, schema)) : []
    if (matches.length === 0) throw noSuch('schema with tables', pattern, all)
    return matches
  })
  return [...new Set(found)]
}

/** Names in a message. */
const shown = 12

const noSuch = (word: string, { text }: NamePattern, all: readonly string[]): ToolkitError =>
  new ToolkitError('usage', {
    what: `There is no ${word} ${text} in this database.`,
    why: `It has ${all.slice(0, shown).join(', ') || 'none'}${all.length > shown ? `, and ${all.length - shown} more` : ''}.`,
    hint: 'Names count as they stand there, capitals too; in double quotes where they hold a dot, a comma or a space.',
  })

/** Partitions hold the rows of a partitioned table. A chunk is refused with its hypertable. */
function withMembers(relations: readonly Relation[], named: readonly Relation[]): Relation[] {
  const found = new Set(named)
  for (let size = -1; size !== found.size; ) {
    size = found.size
    const oids = new Set([...found].map(({ oid }) => oid))
    for (const relation of relations)
      if (relation.isPartition && relation.parent !== null && oids.has(relation.parent)) found.add(relation)
  }
  return relations.filter(relation => found.has(relation))
}

/**
 * What makes a table a hypertable are rows of TimescaleDB's catalog, and its own rows are in chunks of another schema:
 * a part of that restores into a table that looks right and is empty.
 */
function refuseHypertables(
  relations: readonly Relation[],
  chosen: { named: Relation[]; unwanted: Relation[]; schemas: string[]; only: SelectionInput['only'] },
): void {
  const special = ({ isHypertable, isChunk }: Relation) => isHypertable || isChunk
  const hypertables = relations.filter(({ isHypertable }) => isHypertable)
  if (hypertables.length === 0) return
  const touched =
    chosen.only !== undefined && chosen.named.length === 0 && chosen.schemas.length === 0
      ? hypertables
      : [
          ...chosen.named.filter(special),
          ...chosen.unwanted.filter(special),
          ...hypertables.filter(({ schema }) => chosen.schemas.includes(schema)),
        ]
  const [first] = touched
  if (first === undefined) return
  throw new ToolkitError('usage', {
    what: `${first.sql} is ${first.isHypertable ? 'a hypertable' : 'part of a hypertable'}, which is dumped with the whole database or not at all.`,
    why: 'Its rows are in chunks of another schema, and that it is one stands in TimescaleDB’s catalog: a part of that\nwould restore into a table that looks right and holds nothing.',
    hint: `Leave ${chosen.only ? 'ONLY' : 'it'} out. To have one hypertable elsewhere: make dump, make restore-dump, and drop the rest there.`,
  })
}
