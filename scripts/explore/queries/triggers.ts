import type { Query } from './query.ts'
import { storage } from './storage.ts'

/** Those that somebody made: not the ones that keep foreign keys, nor those that TimescaleDB needs. */
export const triggersQuery: Query<'triggers'> = {
  name: 'triggers',
  subject: 'triggers',
  read: async (ask, server) =>
    ask(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT t.tgrelid AS relation, t.tgname::text AS name,
        CASE WHEN l.oid IS NULL THEN pg_get_triggerdef(t.oid) ELSE '' END AS definition, t.tgenabled <> 'D' AS enabled,
        quote_ident(n.nspname) || '.' || quote_ident(p.proname) AS function,
        obj_description(t.oid, 'pg_trigger') AS comment
      FROM root r JOIN pg_trigger t ON t.tgrelid = r.oid JOIN pg_proc p ON p.oid = t.tgfoid
        JOIN pg_namespace n ON n.oid = p.pronamespace LEFT JOIN locked l ON l.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND n.nspname NOT LIKE '\\_timescaledb\\_%'
      ORDER BY t.tgrelid, t.tgname COLLATE "C"`),
}
