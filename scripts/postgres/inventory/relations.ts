import type { Session } from '../text_settings.ts'

/** Schemas whose objects no dump of a user’s has: the server’s, and TimescaleDB’s. */
export const isSystemSchema = (name: string): string =>
  `(${name} LIKE 'pg\\_%' OR ${name} = 'information_schema' OR ${name} LIKE '\\_timescaledb\\_%')`

/**
 * Common table expressions:
 *
 * - `member(classid, objid)`: what belongs to an extension, and comes with it;
 * - `hyper(oid, id, name, dimensions)`: hypertables, those of continuous aggregates among them;
 * - `chunk(oid, hyper)`: found by pg_inherits, for TimescaleDB’s own catalog of them changes from version to version;
 * - `relation(oid, name, kind, own, …)`: not `own` are chunks and what TimescaleDB keeps in tables of its own, which
 *   have names that it made up.
 */
export const relations = (timescale: boolean): string => `
  member AS MATERIALIZED (SELECT classid, objid FROM pg_depend WHERE deptype = 'e'),
  hyper AS MATERIALIZED (${
    timescale
      ? `SELECT c.oid, h.id, format('%I.%I', n.nspname, c.relname) AS name, h.num_dimensions AS dimensions
         FROM _timescaledb_catalog.hypertable h JOIN pg_namespace n ON n.nspname = h.schema_name
         JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = h.table_name
         WHERE h.compression_state <> 2`
      : 'SELECT NULL::oid AS oid, NULL::int AS id, NULL AS name, NULL::int AS dimensions WHERE false'
  }),
  chunk AS MATERIALIZED (SELECT i.inhrelid AS oid, h.oid AS hyper FROM hyper h JOIN pg_inherits i ON i.inhparent = h.oid),
  relation AS MATERIALIZED (
    SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS name, c.relkind AS kind, c.relispopulated AS populated,
      c.relispartition AS is_partition, c.relrowsecurity AS row_security, c.relforcerowsecurity AS forced,
      NOT ${isSystemSchema('n.nspname')} AND c.oid NOT IN (SELECT oid FROM chunk) AS own
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
      AND (NOT ${isSystemSchema('n.nspname')} OR n.nspname = '_timescaledb_internal')
      AND c.oid NOT IN (SELECT objid FROM member WHERE classid = 'pg_class'::regclass))`

/** `unfinished`: an invalid index, a constraint that is NOT VALID, a materialized view without data. */
export type ObjectRow = { kind: string; name: string; unfinished: boolean }

/** Relations, and what hangs on them. */
export async function readRelations(session: Session, timescale: boolean): Promise<ObjectRow[]> {
  const { rows } = await session.query(`WITH ${relations(timescale)}
    SELECT CASE kind WHEN 'r' THEN 'tables' WHEN 'p' THEN 'partitioned_tables' WHEN 'v' THEN 'views'
        WHEN 'm' THEN 'materialized_views' WHEN 'f' THEN 'foreign_tables' ELSE 'sequences' END AS kind,
      name, NOT populated AS unfinished
    FROM relation WHERE own
    UNION ALL
    SELECT 'indexes', format('%I.%I', n.nspname, c.relname), NOT i.indisvalid
    FROM pg_index i JOIN relation r ON r.oid = i.indrelid JOIN pg_class c ON c.oid = i.indexrelid
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE r.own
    UNION ALL
    SELECT 'constraints', format('%s: %I', r.name, k.conname), NOT k.convalidated
    FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid WHERE r.own AND ${isOwnConstraint}
    UNION ALL
    -- TimescaleDB keeps a foreign key to a hypertable by a copy for each chunk. pg_restore brings back the key alone.
    SELECT DISTINCT 'foreign_keys_to_chunks', format('%s: %I', r.name, k.conname), false
    FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid JOIN pg_constraint copy ON copy.conparentid = k.oid
      JOIN relation c ON c.oid = copy.confrelid
    WHERE r.own AND k.contype = 'f' AND NOT c.own
    UNION ALL
    SELECT 'triggers', format('%s: %I', r.name, t.tgname), false
    FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid WHERE r.own AND ${isUsersTrigger}
    UNION ALL
    SELECT 'defaults', format('%s: %I', r.name, a.attname), false
    FROM pg_attrdef d JOIN relation r ON r.oid = d.adrelid
      JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE r.own
    UNION ALL
    SELECT 'children', format('%s of %s', r.name, p.name), false
    FROM pg_inherits i JOIN relation r ON r.oid = i.inhrelid JOIN relation p ON p.oid = i.inhparent WHERE r.own
    UNION ALL
    SELECT 'policies', format('%s: %I', r.name, p.polname), false
    FROM pg_policy p JOIN relation r ON r.oid = p.polrelid WHERE r.own
    UNION ALL
    SELECT 'row_security', name || CASE WHEN forced THEN ' (forced)' ELSE '' END, false
    FROM relation WHERE own AND row_security
    UNION ALL
    SELECT 'rules', format('%s: %I', r.name, w.rulename), false
    FROM pg_rewrite w JOIN relation r ON r.oid = w.ev_class WHERE r.own AND w.rulename <> '_RETURN'
    UNION ALL
    SELECT 'publication_tables', format('%s in %I', r.name, p.pubname), false
    FROM pg_publication_rel l JOIN relation r ON r.oid = l.prrelid JOIN pg_publication p ON p.oid = l.prpubid
    WHERE r.own`)
  return rows
}

/**
 * Not NOT NULL: it is a constraint from PostgreSQL 18 on only; but where it was not checked there. Not the copies of a
 * foreign key that the server makes for partitions, nor TimescaleDB for chunks: their names are made up anew.
 */
const isOwnConstraint = `(k.contype IN ('p', 'u', 'x', 'c') OR k.contype = 'n' AND NOT k.convalidated
  OR k.contype = 'f' AND k.conparentid = 0 AND k.confrelid NOT IN (SELECT oid FROM relation WHERE NOT own))`

/** Not the copies that partitions have of their parent’s, and not those that TimescaleDB puts where it needs them. */
const isUsersTrigger = `NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgfoid NOT IN (
  SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname LIKE '\\_timescaledb\\_%')`

/** What chunks have, so that a lost key is noticed there as well. */
export async function countChunkObjects(
  session: Session,
  timescale: boolean,
): Promise<{ indexes: number; constraints: number; triggers: number }> {
  const { rows } = await session.query(`WITH ${relations(timescale)}
    SELECT (SELECT count(*)::int FROM pg_index i JOIN relation r ON r.oid = i.indrelid WHERE NOT r.own) AS indexes,
      (SELECT count(*)::int FROM pg_constraint k JOIN relation r ON r.oid = k.conrelid
        WHERE NOT r.own AND k.contype IN ('p', 'u', 'x', 'c', 'f')) AS constraints,
      (SELECT count(*)::int FROM pg_trigger t JOIN relation r ON r.oid = t.tgrelid
        WHERE NOT r.own AND ${isUsersTrigger}) AS triggers`)
  return rows[0]
}
