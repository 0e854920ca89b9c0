import type { FactName, Facts, ServerFacts } from '../facts.ts'

/** Sends SQL and gives the rows. Values go as parameters. */
// biome-ignore lint/suspicious/noExplicitAny: the caller knows its columns
export type Ask = <R = any>(sql: string, values?: readonly unknown[]) => Promise<R[]>

/**
 * One question to the server. The number of statements of a query never depends on how much is in the database.
 * A statement may be cut off by a timeout or a lock and is tried again then; it changes nothing.
 */
export type Query<N extends FactName = FactName> = {
  name: N
  /** What is not measured when it fails, as it stands in a sentence: “indexes and their usage”. */
  subject: string
  /** Why this server, or this role, has no answer. A whole sentence, with the way out. */
  obstacle?(server: ServerFacts): string | undefined
  /** Gives the fact; or why there is none, where only the server itself could tell. */
  read(ask: Ask, server: ServerFacts): Promise<Facts[N] | NotMeasured>
}
export type NotMeasured = { not_measured: string }

/** At the end of every statement of ours: whoever looks at the server's statements then sees whose they are. */
export const mark = '-- timescaledb-toolkit: explore'

/**
 * An SQL expression: the text of a statement, its first 500 characters, without what stands in quotes. That is
 * somebody's data, and sometimes a password.
 */
export const withoutConstants = (query: string): string =>
  `left(regexp_replace(regexp_replace(${query}, '\\$(\\w*)\\$.*?(\\$\\1\\$|$)', '$…$', 'g'),
    '''([^'']|'''')*(''|$)', '''…''', 'g'), 500)`

export type AnyQuery = { [N in FactName]: Query<N> }[FactName]

/** An SQL expression of type timestamptz as text, ISO 8601 in UTC, with microseconds. */
export const iso = (expression: string): string =>
  `to_char((${expression}) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`

/**
 * Schemas that are the server's own: nothing in them is documented or judged. The chunks are in
 * _timescaledb_internal; they are reached from their hypertables.
 */
export const isSystemSchema = (name: string): string =>
  `(${name} LIKE 'pg\\_%' OR ${name} IN ('information_schema', 'timescaledb_information', 'timescaledb_experimental',
    'toolkit_experimental') OR ${name} LIKE '\\_timescaledb\\_%')`

/** For what only pg_monitor sees. */
export const needsStatistics = (server: ServerFacts): string | undefined =>
  server.reads_all_statistics
    ? undefined
    : `Role ${server.role} sees only its own sessions and statements: GRANT pg_monitor TO ${server.role} shows them all.`
