import { ToolkitError } from '../errors.ts'
import type { Login } from '../postgres/connection.ts'
import type { DatabaseFacts, Relation } from '../postgres/database_facts.ts'

/** Names in a message. */
const shown = 8
const list = (names: readonly string[]): string =>
  names.length > shown
    ? `${names.slice(0, shown).join('\n')}\n… and ${names.length - shown} more`
    : names.join('\n')

/**
 * What pg_dump would stumble over after minutes, named before it begins.
 * @throws ToolkitError connection
 */
export function refuseUnreadable({ user, database }: Login, relations: readonly Relation[]): void {
  const role = `"${user.replaceAll('"', '""')}"`
  const asked = relations.filter(({ kind }) => kind !== 'foreign table')
  const closed = asked.filter(({ readable }) => !readable)
  if (closed.length > 0) {
    const [what, verb] = closed.length === 1 ? ['one relation', 'it'] : [`${closed.length} relations`, 'them']
    throw new ToolkitError('connection', {
      what: `Role “${user}” may not read ${what} of database “${database}”.`,
      why: list(closed.map(({ sql, kind }) => `${kind} ${sql}`)),
      hint: `A dump without ${verb} would not be whole. As a superuser: GRANT pg_read_all_data TO ${role};\nor leave ${verb} out: EXCLUDE_TABLES=…`,
    })
  }
  const hidden = asked.filter(table => table.hidden)
  if (hidden.length === 0) return
  throw new ToolkitError('connection', {
    what: `Row-level security hides rows from role “${user}” in ${hidden.length === 1 ? 'one table' : `${hidden.length} tables`}.`,
    why: list(hidden.map(({ sql }) => sql)),
    hint: `A dump of what it may see would not be whole. As a superuser: ALTER ROLE ${role} BYPASSRLS;\nor dump as who owns the tables.`,
  })
}

/**
 * pg_dumpall comes last, and would refuse then.
 * @throws ToolkitError connection
 */
export function refuseHashes({ user }: Login, { readsHashes }: DatabaseFacts): void {
  if (readsHashes) return
  throw new ToolkitError('connection', {
    what: `Role “${user}” may not read the roles of the cluster with their password hashes.`,
    hint: 'Leave GLOBALS out, or dump as a superuser: PGUSER=postgres.',
  })
}
