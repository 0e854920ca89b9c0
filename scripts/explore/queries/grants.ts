import type { Query } from './query.ts'
import { storage } from './storage.ts'

/** Who may do what with a relation; its owner may do everything, and is left out. */
export const grantsQuery: Query<'grants'> = {
  name: 'grants',
  subject: 'grants',
  read: async (ask, server) =>
    ask(`WITH RECURSIVE ${await storage(ask, server)}
      SELECT c.oid AS relation,
        CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(g.grantee)::text END AS grantee,
        array_agg(DISTINCT g.privilege_type ORDER BY g.privilege_type) AS privileges, bool_or(g.is_grantable) AS grantable
      FROM root r JOIN pg_class c ON c.oid = r.oid CROSS JOIN LATERAL aclexplode(c.relacl) g
      WHERE g.grantee <> c.relowner
      GROUP BY c.oid, g.grantee
      ORDER BY c.oid, 2`),
}
