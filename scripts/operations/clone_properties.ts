import pg from 'pg'
import { withClient } from '../postgres/connection.ts'
import { identifier, maintenanceOf } from '../postgres/databases.ts'
import type { CloneFacts } from './clone.ts'

type Properties = {
  comment: string | null
  limit: number
  settings: { role: string | null; name: string; value: string }[]
  /** null: those that every database has. */
  privileges: { role: string | null; privilege: string; option: boolean }[] | null
}

const query = `
  SELECT shobj_description(d.oid, 'pg_database') AS comment, d.datconnlimit AS limit,
    coalesce((SELECT jsonb_agg(jsonb_build_object('role', r.rolname, 'name', split_part(c, '=', 1),
        'value', substr(c, strpos(c, '=') + 1)))
      FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole, unnest(s.setconfig) c
      WHERE s.setdatabase = d.oid AND c NOT LIKE 'timescaledb\\_toolkit.%'), '[]') AS settings,
    CASE WHEN d.datacl IS NOT NULL THEN coalesce((SELECT jsonb_agg(jsonb_build_object('role', r.rolname,
        'privilege', a.privilege_type, 'option', a.is_grantable))
      FROM aclexplode(d.datacl) a LEFT JOIN pg_roles r ON r.oid = a.grantee), '[]') END AS privileges
  FROM pg_database d WHERE d.datname = $1`

/** They hold lists of names, each of which is quoted for itself. */
const lists = ['search_path', 'temp_tablespaces', 'session_preload_libraries', 'local_preload_libraries']

function sqlValue({ name, value }: Properties['settings'][number]): string {
  if (!lists.includes(name)) return pg.escapeLiteral(value)
  const parts = [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)]
  const names = parts.map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain.toLowerCase())
  return names.map(pg.escapeLiteral).join(', ') || "''"
}

/**
 * What neither the server’s copy nor pg_dump brings along: owner, settings, comment and privileges of the database
 * itself. Gives what could not be, in words: values may be secrets.
 */
export async function copyProperties({ source, database, staging, settings }: CloneFacts): Promise<string[]> {
  const properties = await withClient(maintenanceOf(source, database.name), async client => {
    return (await client.query<Properties>(query, [database.name])).rows[0]
  })
  if (properties === undefined) return ['settings and privileges of the database itself: it is gone']
  const notes: string[] = []
  const name = identifier(staging.name)
  const role = (name: string | null) => (name === null ? 'PUBLIC' : identifier(name))
  await withClient(staging.maintenance, async client => {
    const tell = async (what: string, sql: string) => {
      await client.query(sql).catch((error: Error) => {
        notes.push(`${what} of the database itself: ${error.message}`)
      })
    }
    if (!settings.noOwner)
      await tell('the owner', `ALTER DATABASE ${name} OWNER TO ${identifier(database.owner)}`)
    if (properties.comment !== null)
      await tell('the comment', `COMMENT ON DATABASE ${name} IS ${pg.escapeLiteral(properties.comment)}`)
    if (properties.limit !== -1)
      await tell('the connection limit', `ALTER DATABASE ${name} CONNECTION LIMIT ${properties.limit}`)
    for (const setting of properties.settings) {
      const whose = setting.role === null ? '' : `ROLE ${identifier(setting.role)} IN `
      const which = setting.name.split('.').map(identifier).join('.')
      await tell(
        `the setting ${setting.name}`,
        `ALTER ${whose}DATABASE ${name} SET ${which} TO ${sqlValue(setting)}`,
      )
    }
    if (properties.privileges === null || settings.noAcl) return
    await tell('privileges', `REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    for (const granted of properties.privileges) {
      const option = granted.option ? ' WITH GRANT OPTION' : ''
      await tell(
        'privileges',
        `GRANT ${granted.privilege} ON DATABASE ${name} TO ${role(granted.role)}${option}`,
      )
    }
  })
  return notes
}
