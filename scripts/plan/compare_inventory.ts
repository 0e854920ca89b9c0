import type { Inventory } from '../catalog/inventory.ts'
import { compareTimescale } from './compare_timescale.ts'
import { atMost, inLine, presence } from './differences.ts'
import { inSchemas } from './inventory_schemas.ts'

/** Kinds whose singular is not the plural without its s. */
const singular: Record<string, string> = {
  access_methods: 'access method',
  children: 'inheritance',
  collations: 'collation',
  defaults: 'default of',
  foreign_keys_to_chunks: 'foreign key to chunks',
  indexes: 'index',
  operator_classes: 'operator class',
  operator_families: 'operator family',
  policies: 'policy',
  publication_tables: 'publication of',
  row_security: 'row security of',
  statistics: 'statistics',
  text_search_dictionaries: 'text search dictionary',
}

const spaced = (kind: string): string => kind.replaceAll('_', ' ')
const wordOf = (kind: string): string => singular[kind] ?? spaced(kind).replace(/s$/, '')

/**
 * What is not as it was, one line for each difference; nothing is different where there is none.
 * With `schemas` only what is in them is compared, as after a dump of these alone.
 */
export function compareInventory(
  before: Inventory,
  after: Inventory,
  options: { schemas?: readonly string[] } = {},
): string[] {
  const { schemas } = options
  const [was, is] = schemas ? [inSchemas(before, schemas), inSchemas(after, schemas)] : [before, after]
  return [
    ...objects(was, is),
    ...invalid('index', 'indexes', was.invalid.indexes, is.invalid.indexes),
    ...invalid('constraint', 'constraints', was.invalid.constraints, is.invalid.constraints),
    ...unpopulated(was, is),
    ...sequences(was.sequences, is.sequences),
    ...number('large object', was.large_objects, is.large_objects),
    ...number('index', was.chunk_objects.indexes, is.chunk_objects.indexes, 'on chunks'),
    ...number('constraint', was.chunk_objects.constraints, is.chunk_objects.constraints, 'on chunks'),
    ...number('trigger', was.chunk_objects.triggers, is.chunk_objects.triggers, 'on chunks'),
    ...compareTimescale(was, is),
  ]
}

/** A kind that one of the two did not look for, because another version of the toolkit wrote it, is not compared. */
function objects(before: Inventory, after: Inventory): string[] {
  // pg_dump passes over indexes that were never finished.
  const unfinished = new Set(before.invalid.indexes)
  return Object.keys(before.objects)
    .filter(kind => kind in after.objects)
    .flatMap(kind => {
      const is = after.objects[kind] ?? []
      const there = new Set(is)
      const was = (before.objects[kind] ?? []).filter(name => there.has(name) || !isUnfinished(kind, name))
      return presence(wordOf(kind), spaced(kind), was, is)
    })

  function isUnfinished(kind: string, name: string): boolean {
    return kind === 'indexes' && unfinished.has(name)
  }
}

const invalid = (
  word: string,
  kind: string,
  before: readonly string[],
  after: readonly string[],
): string[] => {
  const was = new Set(before)
  const lines = after
    .filter(name => !was.has(name))
    .map(name => `${word} ${inLine(name)} is not valid, and was`)
  return atMost(lines, kind)
}

function unpopulated(before: Inventory, after: Inventory): string[] {
  const was = new Set(before.unpopulated)
  const lines = after.unpopulated
    .filter(name => !was.has(name))
    .map(name => `materialized view ${inLine(name)} has no data, and had`)
  return atMost(lines, 'materialized views')
}

type Sequences = Inventory['sequences']

/** Those that are missing are told with the other objects. A sequence may be ahead: the dump is later. */
function sequences(before: Sequences, after: Sequences): string[] {
  const lines = Object.entries(before).flatMap(([name, was]) => {
    const is = after[name]
    if (is === undefined) return []
    const at = `sequence ${inLine(name)}`
    if (was.increment !== is.increment) return [`${at} counts by ${is.increment} instead of ${was.increment}`]
    if (was.cycle !== is.cycle)
      return [`${at} ${is.cycle ? 'begins again at its end, and did not' : 'ends, and did not'}`]
    if (was.last_value === null) return []
    if (is.last_value === null) return [`${at} has not been used, and was at ${was.last_value}`]
    return isPast(was, is.last_value) ? [] : [`${at} is at ${is.last_value} instead of ${was.last_value}`]
  })
  return atMost(lines, 'sequences')
}

function isPast(was: Sequences[string], value: string): boolean {
  const ahead = BigInt(value) - BigInt(was.last_value ?? value)
  return was.cycle || ahead === 0n || ahead > 0n === BigInt(was.increment) > 0n
}

const words: Record<string, string> = { index: 'indexes' }

/** As “5 indexes on chunks instead of 6”. */
function number(word: string, before: number, after: number, where = ''): string[] {
  if (before === after) return []
  const noun = after === 1 ? word : (words[word] ?? `${word}s`)
  return [`${after} ${noun}${where && ` ${where}`} instead of ${before}`]
}
