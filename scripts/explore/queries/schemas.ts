import { isSystemSchema, type Query } from './query.ts'

/** `grants`: in the words of psql’s \dn+, sorted. */
export const schemasQuery: Query<'schemas'> = {
  name: 'schemas',
  subject: 'schemas',
  read: ask =>
    ask(`SELECT n.nspname::text AS name, pg_get_userbyid(n.nspowner)::text AS owner,
        obj_description(n.oid, 'pg_namespace') AS comment,
        (SELECT coalesce(array_agg(g::text ORDER BY g::text COLLATE "C"), '{}') FROM unnest(n.nspacl) g) AS grants,
        e.extname::text AS extension
      FROM pg_namespace n
        LEFT JOIN pg_depend d ON d.classid = 'pg_namespace'::regclass AND d.objid = n.oid AND d.deptype = 'e'
        LEFT JOIN pg_extension e ON e.oid = d.refobjid
      WHERE NOT ${isSystemSchema('n.nspname')}
      ORDER BY n.nspname COLLATE "C"`),
}
