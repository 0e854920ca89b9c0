import type { ConstraintFacts } from '../facts.ts'
import type { Query } from './query.ts'
import { storage } from './storage.ts'

/**
 * Keys and checks; NOT NULL is the columns' matter, but where PostgreSQL 18 has not checked it yet. Those of a partition that it has from its parent are the parent's.
 */
export const constraintsQuery: Query<'constraints'> = {
  name: 'constraints',
  subject: 'keys and checks',
  async read(ask, server) {
    const rows = await ask<Row>(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT k.oid, k.conrelid AS relation, k.conname::text AS name,
        CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key'
          WHEN 'c' THEN 'check' WHEN 'x' THEN 'exclusion' ELSE 'not null' END AS kind,
        ${columns('k.conrelid', 'k.conkey', 'a.attname::text')} AS columns,
        ${columns('k.conrelid', 'k.conkey', 'format_type(a.atttypid, NULL)')} AS column_types,
        CASE WHEN l.oid IS NULL THEN pg_get_constraintdef(k.oid) ELSE '' END AS definition,
        k.convalidated AS validated, k.condeferrable AS deferrable,
        f.oid AS to_oid, quote_ident(fn.nspname) || '.' || quote_ident(f.relname) AS to_id,
        ${columns('k.confrelid', 'k.confkey', 'a.attname::text')} AS to_columns,
        ${columns('k.confrelid', 'k.confkey', 'format_type(a.atttypid, NULL)')} AS to_types,
        ${action('confdeltype')} AS on_delete, ${action('confupdtype')} AS on_update,
        obj_description(k.oid, 'pg_constraint') AS comment
      FROM root r JOIN pg_constraint k ON k.conrelid = r.oid
        LEFT JOIN pg_class f ON f.oid = k.confrelid LEFT JOIN pg_namespace fn ON fn.oid = f.relnamespace
        LEFT JOIN locked l ON l.oid = k.conrelid
      WHERE k.conparentid = 0 AND (k.contype IN ('p', 'u', 'f', 'c', 'x') OR k.contype = 'n' AND NOT k.convalidated)
      ORDER BY k.conrelid, k.contype = 'p' DESC, k.contype, k.conname COLLATE "C"`)
    return rows.map(fact)
  },
}

const columns = (relation: string, key: string, expression: string): string =>
  `ARRAY(SELECT ${expression} FROM unnest(${key}) WITH ORDINALITY u(n, at)
    JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = u.n ORDER BY u.at)`

const action = (
  column: string,
): string => `CASE WHEN k.contype = 'f' THEN CASE k.${column} WHEN 'a' THEN 'no action'
  WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null' ELSE 'set default' END END`

type Row = Omit<ConstraintFacts, 'references'> & {
  to_oid: number | null
  to_id: string | null
  to_columns: string[]
  to_types: string[]
}

const fact = ({ to_oid, to_id, to_columns, to_types, ...constraint }: Row): ConstraintFacts => ({
  ...constraint,
  references:
    to_oid === null || to_id === null
      ? null
      : { oid: to_oid, id: to_id, columns: to_columns, column_types: to_types },
})
