import { isSystemSchema, type Query } from './query.ts'

/** Functions and procedures that belong to no extension. */
export const functionsQuery: Query<'functions'> = {
  name: 'functions',
  subject: 'functions',
  read: ask =>
    ask(`SELECT quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' ||
          pg_get_function_identity_arguments(p.oid) || ')' AS id,
        n.nspname::text AS schema, p.proname::text AS name, pg_get_function_arguments(p.oid) AS arguments,
        pg_get_function_result(p.oid) AS result,
        CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END AS kind,
        l.lanname::text AS language,
        CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
        p.prosecdef AS security_definer, coalesce(p.proconfig, '{}') AS settings,
        md5(coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)) AS body_md5,
        pg_get_userbyid(p.proowner)::text AS owner, obj_description(p.oid, 'pg_proc') AS comment
      FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
      WHERE NOT ${isSystemSchema('n.nspname')} AND NOT EXISTS (
        SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", p.proname COLLATE "C", pg_get_function_identity_arguments(p.oid) COLLATE "C"`),
}
