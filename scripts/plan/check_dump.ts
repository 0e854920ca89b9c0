import type { Relation } from '../postgres/database_facts.ts'
import type { ReadDump } from '../postgres/dump_archive.ts'

export type ExpectedRows = {
  relations: readonly Relation[]
  /** Rows that the snapshot has in each relation itself, by oid. */
  stored: ReadonlyMap<number, number>
  /** The line above a table's rows, up to its owner. */
  heading: (relation: Relation) => string
  /** Whether that is the encoding of the database. */
  isUtf8: boolean
  /** False where only definitions were asked for. */
  withData: boolean
}

/**
 * A dump has names in the encoding of its database. Where that is not UTF-8 only what is ASCII in them can be compared;
 * tables that are told apart by the rest count together.
 */
const readable = (heading: string, isUtf8: boolean): string =>
  isUtf8
    ? heading
    : [...heading]
        .map(c => (c > '~' ? '?' : c))
        .join('')
        .replace(/\?+/g, '?')

/** Problems in a message. */
const shown = 10

/** What a dump lacks, or has too much, in words; nothing where it is what the snapshot has. */
export function compareRows(read: Pick<ReadDump, 'tables' | 'rows'>, expected: ExpectedRows): string[] {
  if (!expected.withData) return read.rows === 0 ? [] : [`it holds ${read.rows} rows and should hold none`]
  const found = [...read.tables].map(([heading, rows]) => ({ heading, rows }))
  const byHeading = new Map<string, number>()
  for (const { heading, rows } of found) {
    const key = readable(heading.replace(/; Owner: .*$/, '; Owner: '), expected.isUtf8)
    byHeading.set(key, (byHeading.get(key) ?? 0) + rows)
  }
  const wanted = new Map<string, { rows: number; sql: string }>()
  for (const relation of expected.relations) {
    const rows = expected.stored.get(relation.oid)
    if (rows === undefined || relation.kind !== 'table') continue
    const key = readable(expected.heading(relation), expected.isUtf8)
    wanted.set(key, { rows: (wanted.get(key)?.rows ?? 0) + rows, sql: relation.sql })
  }
  const problems = [...wanted].flatMap(([key, { rows, sql }]) => {
    const there = byHeading.get(key)
    if (there === rows) return []
    if (there === undefined) return [`${sql}: its rows are missing`]
    return [`${sql}: ${there} rows instead of ${rows}`]
  })
  return problems.length > shown
    ? [...problems.slice(0, shown), `… and ${problems.length - shown} more`]
    : problems
}
