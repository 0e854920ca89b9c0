/**
 * PostgreSQL's reserved words, which no name can be without quotes.
 * https://www.postgresql.org/docs/current/sql-keywords-appendix.html
 */
const reserved = new Set(
  `all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation
  column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
  current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze
  from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like limit
  localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary references
  returning right select session_user similar some symmetric system_user table tablesample then to trailing true union
  unique user using variadic verbose when where window with`.split(/\s+/),
)

/** A name as SQL has to write it. */
export const quoteIdent = (name: string): string =>
  /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name) ? name : `"${name.replaceAll('"', '""')}"`

export const quoteIdents = (names: readonly string[]): string => names.map(quoteIdent).join(', ')

/** A string as SQL has to write it. */
export const quoteLiteral = (text: string): string =>
  text.includes('\\')
    ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`

/** A comment of SQL. Each line of it, for a name or a definition may have several, and one could be a command. */
export const comment = (text: string): string =>
  text
    .split(/\r\n|[\n\r]/)
    .map(line => `-- ${line}`)
    .join('\n')

export { plural } from '../words.ts'

/** `a, b and c`. */
export const enumerate = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

/** An ISO moment to the minute. */
export const toTheMinute = (moment: string): string => `${moment.slice(0, 16)}Z`
