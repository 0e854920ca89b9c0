import type { ClientBase } from 'pg'

/** A session: a client, or one that a pool has lent. */
export type Session = Pick<ClientBase, 'query'>

/**
 * What changes the text of a value, or of a name. pg_dump fixes most of the same.
 * https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const fixed: Record<string, string> = {
  bytea_output: 'hex',
  DateStyle: 'ISO, YMD',
  extra_float_digits: '3',
  IntervalStyle: 'postgres',
  lc_monetary: 'C',
  quote_all_identifiers: 'off',
  // Rows that a policy hides would be missed in silence: so it is an error.
  row_security: 'off',
  search_path: '',
  TimeZone: 'UTC',
  xmlbinary: 'base64',
  xmloption: 'content',
}

/** Works in a session whose values and names read the same on every server, and leaves it as it was. */
export async function withTextSettings<T>(session: Session, work: () => Promise<T>): Promise<T> {
  const names = Object.keys(fixed)
  const { rows } = await session.query(
    'SELECT array_agg(current_setting(name) ORDER BY n) AS values FROM unnest($1::text[]) WITH ORDINALITY s(name, n)',
    [names],
  )
  await set(session, names, Object.values(fixed))
  try {
    return await work()
  } finally {
    // In a transaction that has failed nothing can be set; its end takes the settings back.
    await set(session, names, rows[0].values).catch(() => {})
  }
}

const set = (session: Session, names: readonly string[], values: readonly string[]) =>
  session.query('SELECT set_config(name, value, false) FROM unnest($1::text[], $2::text[]) s(name, value)', [
    names,
    values,
  ])
