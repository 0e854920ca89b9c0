import type { Relation } from '../postgres/database_facts.ts'
import { wordsOf } from './restore_dump.ts'

/**
 * The relation that an entry sets the rows, or the value, of. The words of an entry are separated by blanks, and so may
 * be those of a name: the longest name that fits is the right one.
 */
export function entryOf(entry: string, relations: readonly Relation[]): Relation | undefined {
  const words = `${wordsOf(entry)} `
  const isOf = ({ kind, schema, name }: Relation) =>
    words.startsWith(
      `${kind === 'sequence' ? 'SEQUENCE SET' : 'TABLE DATA'} ${schema} ${name} `.replace(/[\r\n]/g, ' '),
    )
  return relations
    .filter(isOf)
    .sort((a, b) => b.schema.length + b.name.length - a.schema.length - a.name.length)[0]
}

/** The entries of a table of contents, of those about rows only the ones of wanted tables. */
export const rowsOf = (
  entries: readonly string[],
  relations: readonly Relation[],
  wanted: ReadonlySet<Relation>,
): string[] =>
  entries.filter(entry => {
    if (!wordsOf(entry).startsWith('TABLE DATA ')) return true
    const relation = entryOf(entry, relations)
    return relation !== undefined && wanted.has(relation)
  })

/**
 * TimescaleDB makes a key of a hypertable, or of a chunk, as pg_restore writes it, in restoring mode alone; and only
 * outside of it does a key to a hypertable reach the chunks.
 */
export function splitForeignKeys(
  entries: readonly string[],
  relations: readonly Relation[],
): { restoring: string[]; after: string[] } {
  const tables = new Set(
    relations
      .filter(({ isHypertable, isChunk }) => isHypertable || isChunk)
      .map(({ schema, name }) => `${schema} ${name}`.replace(/[\r\n]/g, ' ')),
  )
  const isTheirs = (entry: string): boolean => {
    const words = wordsOf(entry).replace('FK CONSTRAINT ', '').split(' ')
    return words.some((_, i) => tables.has(words.slice(0, i).join(' ')))
  }
  return { restoring: entries.filter(isTheirs), after: entries.filter(entry => !isTheirs(entry)) }
}

/** The statements in what pg_restore writes for foreign keys, each with its table as SQL text. */
export function foreignKeysIn(sql: string): { table: string; statement: string }[] {
  const name = /(?:"(?:[^"]|"")*"|[^\s."]+)/.source
  const head = new RegExp(`^ALTER TABLE (?:ONLY )?(${name}\\.${name})\\s`)
  return [...sql.matchAll(/^ALTER TABLE [\s\S]*?;$/gm)].flatMap(([statement]) => {
    const table = head.exec(statement)?.[1]
    return table === undefined ? [] : [{ table, statement }]
  })
}
