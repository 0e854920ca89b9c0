import type { Inventory } from '../catalog/inventory.ts'

/** Kinds that are in no schema, and so in no dump of some schemas. */
const outside = [
  ...['access_methods', 'casts', 'event_triggers', 'extensions', 'foreign_data_wrappers', 'foreign_servers'],
  ...['languages', 'publications', 'publication_tables', 'transforms', 'user_mappings'],
]

/** The schema that a quoted name begins with, as its own name: `"a ""b"" c".d` → `a "b" c`. */
export function schemaOf(name: string): string {
  const quoted = /^"((?:[^"]|"")*)"/.exec(name)?.[1]
  return quoted?.replaceAll('""', '"') ?? name.replace(/\..*$/s, '')
}

/**
 * What of an inventory a dump of these schemas has: neither what is in no schema, nor large objects, nor what
 * TimescaleDB keeps elsewhere.
 */
export function inSchemas(inventory: Inventory, schemas: readonly string[]): Inventory {
  const isIn = (name: string) => schemas.includes(schemaOf(name))
  const { objects, invalid, sequences } = inventory
  return {
    objects: Object.fromEntries(
      Object.entries(objects)
        .filter(([kind]) => !outside.includes(kind))
        .map(([kind, names]) => [kind, names.filter(isIn)]),
    ),
    invalid: { indexes: invalid.indexes.filter(isIn), constraints: invalid.constraints.filter(isIn) },
    unpopulated: inventory.unpopulated.filter(isIn),
    chunk_objects: { indexes: 0, constraints: 0, triggers: 0 },
    sequences: Object.fromEntries(Object.entries(sequences).filter(([name]) => isIn(name))),
    large_objects: 0,
    hypertables: [],
    continuous_aggregates: [],
    jobs: [],
  }
}
