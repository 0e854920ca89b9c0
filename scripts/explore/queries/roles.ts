import { iso, type Query } from './query.ts'

/** Roles of the whole cluster; those that come with PostgreSQL (pg_monitor and its like) only as what others are in. */
export const rolesQuery: Query<'roles'> = {
  name: 'roles',
  subject: 'roles',
  read: ask =>
    ask(`SELECT r.rolname::text AS name, r.rolsuper AS superuser, r.rolcanlogin AS login, r.rolcreatedb AS createdb,
        r.rolcreaterole AS createrole, r.rolreplication AS replication, r.rolbypassrls AS bypass_rls,
        nullif(r.rolconnlimit, -1) AS connection_limit,
        CASE WHEN isfinite(r.rolvaliduntil) THEN ${iso('r.rolvaliduntil')} END AS valid_until,
        ARRAY(SELECT g.rolname::text FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
          WHERE m.member = r.oid GROUP BY g.rolname ORDER BY g.rolname::text COLLATE "C") AS member_of,
        shobj_description(r.oid, 'pg_authid') AS comment
      FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\\_%'
      ORDER BY r.rolname COLLATE "C"`),
}
