import type { Query } from './query.ts'
import { storage } from './storage.ts'

/** Policies of row security. */
export const policiesQuery: Query<'policies'> = {
  name: 'policies',
  subject: 'policies of row security',
  read: async (ask, server) =>
    ask(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT p.polrelid AS relation, p.polname::text AS name, p.polpermissive AS permissive,
        CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE'
          ELSE 'ALL' END AS command,
        ARRAY(SELECT CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.role)::text END
          FROM unnest(p.polroles) u(role) ORDER BY 1) AS roles,
        CASE WHEN l.oid IS NULL THEN pg_get_expr(p.polqual, p.polrelid) END AS using,
        CASE WHEN l.oid IS NULL THEN pg_get_expr(p.polwithcheck, p.polrelid) END AS check
      FROM root r JOIN pg_policy p ON p.polrelid = r.oid LEFT JOIN locked l ON l.oid = p.polrelid
      ORDER BY p.polrelid, p.polname COLLATE "C"`),
}
