import type { ViewFacts } from '../facts.ts'
import { isSystemSchema, type Query } from './query.ts'
import { storage } from './storage.ts'

/** What views are made of. The definition of a continuous aggregate is TimescaleDB's to tell, and not part of this. */
export const viewsQuery: Query<'views'> = {
  name: 'views',
  subject: 'the definitions of views',
  async read(ask, server) {
    const locked = `EXISTS (SELECT FROM pg_depend x JOIN locked k ON k.oid = x.refobjid
      WHERE x.classid = 'pg_rewrite'::regclass AND x.objid = w.oid AND x.refclassid = 'pg_class'::regclass)`
    return ask<ViewFacts>(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT c.oid AS relation,
        CASE WHEN ${locked} THEN '-- Somebody else has it locked.' ELSE pg_get_viewdef(c.oid, true) END AS definition,
        ARRAY(SELECT DISTINCT quote_ident(n.nspname) || '.' || quote_ident(u.relname) COLLATE "C"
          FROM pg_depend d JOIN pg_class u ON u.oid = d.refobjid JOIN pg_namespace n ON n.oid = u.relnamespace
          WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid AND d.refclassid = 'pg_class'::regclass
            AND u.oid <> c.oid AND NOT ${isSystemSchema('n.nspname')} ORDER BY 1) AS uses
      FROM root r JOIN pg_class c ON c.oid = r.oid AND c.relkind IN ('v', 'm')
        JOIN pg_rewrite w ON w.ev_class = c.oid AND w.rulename = '_RETURN'
      ORDER BY c.oid`)
  },
}
