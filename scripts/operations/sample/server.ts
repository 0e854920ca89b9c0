import { aggregateName, type Relation, type Surroundings, sampleNames } from '../../plan/sample/relations.ts'
import type { Session } from './session.ts'

export type SampleFacts = Surroundings & {
  /** Where unqualified names lead, and so where the tables are made. */
  schema: string
  /** The extension could be created: its files are there. */
  available: boolean
}

export async function readSampleFacts(session: Session): Promise<SampleFacts> {
  // CREATE EXTENSION ends the session where the library is not loaded, so one has to know before.
  // timescaledb.disable_load is a setting that exists as soon as the library is loaded, and anybody may read it.
  const [row] = await session.query<Omit<SampleFacts, 'relations'>>(`
    SELECT current_database() AS database,
           coalesce(current_schema(), 'public') AS schema,
           (SELECT nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
             WHERE extname = 'timescaledb') AS "extensionSchema",
           EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS available,
           current_setting('timescaledb.disable_load', true) IS NOT NULL AS preloaded`)
  if (!row) throw new Error('SELECT gave no row')
  return { ...row, relations: await readRelations(session, row) }
}

const relationsQuery = `
  SELECT c.relname AS name,
         CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
              WHEN 'f' THEN 'foreign table' WHEN 'p' THEN 'partitioned table' WHEN 'S' THEN 'sequence'
              WHEN 'c' THEN 'type' ELSE 'index' END AS kind,
         coalesce(obj_description(c.oid, 'pg_class') LIKE 'Sample data%', false) AS ours,
         (SELECT coalesce(jsonb_agg(jsonb_build_object('name', attname, 'type', format_type(atttypid, atttypmod))
                                    ORDER BY attnum), '[]')
            FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = $1 AND c.relname = ANY ($2)
   ORDER BY array_position($2, c.relname::text)`

async function readRelations(session: Session, facts: Omit<SampleFacts, 'relations'>): Promise<Relation[]> {
  const rows = await session.query<Omit<Relation, 'empty'>>(relationsQuery, [facts.schema, sampleNames])
  const relations: Relation[] = []
  for (const row of rows) {
    const strange = row.kind === 'table' && !row.ours
    const empty = strange && (await isEmpty(session, quote(facts.schema, row.name)))
    const continuous =
      row.name === aggregateName && row.kind === 'view' && (await isContinuous(session, facts))
    relations.push({ ...row, kind: continuous ? 'continuous aggregate' : row.kind, empty })
  }
  return relations
}

async function isEmpty(session: Session, table: string): Promise<boolean> {
  return (await session.query(`SELECT FROM ${table} LIMIT 1`)).length === 0
}

async function isContinuous(session: Session, facts: Omit<SampleFacts, 'relations'>): Promise<boolean> {
  if (facts.extensionSchema === null || !facts.preloaded) return false
  const rows = await session.query(
    'SELECT FROM timescaledb_information.continuous_aggregates WHERE view_schema = $1 AND view_name = $2',
    [facts.schema, aggregateName],
  )
  return rows.length > 0
}

/** A qualified name as SQL text. */
export const quote = (...names: readonly string[]): string =>
  names.map(name => `"${name.replaceAll('"', '""')}"`).join('.')
