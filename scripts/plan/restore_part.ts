import type { Relation } from '../postgres/database_facts.ts'
import { wordsOf } from './restore_dump.ts'

/**
 * The entries of a table of contents that are about the rows of wanted tables. The words of an entry are separated by
 * blanks, and so may be those of a name: the longest name that fits is the right one.
 */
export function rowsOf(
  entries: readonly string[],
  relations: readonly Relation[],
  wanted: ReadonlySet<Relation>,
): string[] {
  const known = relations.map(relation => ({
    relation,
    words: `TABLE DATA ${relation.schema} ${relation.name} `.replace(/[\r\n]/g, ' '),
  }))
  return entries.filter(entry => {
    const words = `${wordsOf(entry)} `
    if (!words.startsWith('TABLE DATA ')) return true
    const fitting = known
      .filter(candidate => words.startsWith(candidate.words))
      .sort((a, b) => b.words.length - a.words.length)[0]
    return fitting !== undefined && wanted.has(fitting.relation)
  })
}

/** The statement in what pg_restore writes for a foreign key, and its table as SQL text. */
export function foreignKeyOf(sql: string): { table: string; statement: string } | undefined {
  const statement = /^ALTER TABLE [\s\S]*?;$/m.exec(sql)?.[0]
  const name = /(?:"(?:[^"]|"")*"|[^\s."]+)/.source
  const table = statement && new RegExp(`^ALTER TABLE (?:ONLY )?(${name}\\.${name})\\s`).exec(statement)?.[1]
  return statement && table ? { table, statement } : undefined
}
