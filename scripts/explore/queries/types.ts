import { isSystemSchema, type Query } from './query.ts'

/** Types that somebody made: those of tables, and arrays of types, come with them and are left out. */
export const typesQuery: Query<'types'> = {
  name: 'types',
  subject: 'types',
  read: ask =>
    ask(`SELECT quote_ident(n.nspname) || '.' || quote_ident(t.typname) AS id, n.nspname::text AS schema,
        t.typname::text AS name,
        CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS kind,
        CASE t.typtype
          WHEN 'e' THEN (SELECT string_agg(quote_literal(v.enumlabel), ', ' ORDER BY v.enumsortorder)
            FROM pg_enum v WHERE v.enumtypid = t.oid)
          WHEN 'd' THEN concat_ws(' ', format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typnotnull THEN 'NOT NULL' END,
            'DEFAULT ' || t.typdefault, (SELECT string_agg(pg_get_constraintdef(k.oid), ' ' ORDER BY k.conname COLLATE "C")
              FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c'))
          WHEN 'c' THEN (SELECT string_agg(quote_ident(a.attname) || ' ' || format_type(a.atttypid, a.atttypmod), ', '
              ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
          ELSE (SELECT format_type(g.rngsubtype, NULL) FROM pg_range g WHERE g.rngtypid = t.oid) END AS definition,
        obj_description(t.oid, 'pg_type') AS comment
      FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
      WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c') AND NOT ${isSystemSchema('n.nspname')}
        AND NOT EXISTS (SELECT FROM pg_depend d
          WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", t.typname COLLATE "C"`),
}
