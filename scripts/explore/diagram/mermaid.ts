import type { Relation, Report } from '../report.ts'
import { type Graph, graphOf, type Link, type Selection } from './graph.ts'
import { neighbourhoodOf, overviewOf, schemaOf } from './select.ts'
import { shorten } from './text.ts'

export type Mermaid = { text: string; note: string | null }

/** mermaid stops at 50,000 characters (`maxTextSize`) and 500 edges (`maxEdges`), and shows an error in its place. */
const longest = 48_000

/** An erDiagram of the whole database, capped; null where nothing is related to anything. */
export function mermaidOverview(report: Pick<Report, 'relations'>): Mermaid | null {
  const graph = graphOf(report)
  return render(graph, overviewOf(graph), 4)
}

/** Of one schema, and what it is related to in others. */
export function mermaidSchema(graph: Graph, schema: string): Mermaid | null {
  return render(graph, schemaOf(graph, schema), 4)
}

/** Of one relation, and what is one step away from it. `graphOf(report)` is made once for all of them. */
export function mermaidNeighbourhood(graph: Graph, id: string): Mermaid | null {
  return render(graph, neighbourhoodOf(graph, id), 8)
}

function render(graph: Graph, selection: Selection | null, keys: number): Mermaid | null {
  if (selection === null) return null
  const numbers = new Map(selection.ids.map((id, at) => [id, at]))
  const entities = selection.ids.flatMap((id, at) => {
    const relation = graph.relations.get(id)
    return relation ? entity(relation, at, keys) : []
  })
  const links = selection.links.map(link => relationship(link, numbers.get(link.from), numbers.get(link.to)))
  const whole = ['erDiagram', ...entities, ...links].join('\n')
  if (whole.length <= longest) return { text: `${whole}\n`, note: selection.note }
  // Names of 63 bytes, many times: the columns go first, then every second relation.
  if (keys > 0) return render(graph, selection, 0)
  return render(graph, halfOf(selection), 0)
}

function halfOf({ ids, links }: Selection): Selection {
  const degree = (id: string): number => links.filter(({ from, to }) => from === id || to === id).length
  const kept = [...ids].sort((a, b) => degree(b) - degree(a)).slice(0, Math.floor(ids.length / 2))
  return {
    ids: ids.filter(id => kept.includes(id)),
    links: links.filter(({ from, to }) => kept.includes(from) && kept.includes(to)),
    note: `Only ${kept.length} relations are shown: with names as long as these, more do not fit into a diagram of mermaid’s.`,
  }
}

function entity(relation: Relation, at: number, keys: number): string[] {
  const label = relation.kind === 'table' ? relation.id : `${relation.id} (${relation.kind})`
  const head = `  r${at}["${quotable(label)}"]`
  const of = (kind: string) =>
    new Set(relation.constraints.filter(one => one.kind === kind).flatMap(one => one.columns))
  const [primary, foreign] = [of('primary key'), of('foreign key')]
  const columns = relation.columns.filter(({ name }) => primary.has(name) || foreign.has(name)).slice(0, keys)
  if (columns.length === 0) return [head]
  const rows = columns.map(({ name, type }) => {
    const marks = [primary.has(name) && 'PK', foreign.has(name) && 'FK'].filter(Boolean).join(', ')
    const word = wordOf(name)
    return `    ${wordOf(type)} ${word} ${marks}${word === name ? '' : ` "${quotable(name)}"`}`
  })
  return [`${head} {`, ...rows, '  }']
}

function relationship(link: Link, from: number | undefined, to: number | undefined): string {
  if (link.kind !== 'foreign key') return `  r${from} }o..o| r${to} : "${link.kind}"`
  const many = link.many ? '}o' : '|o'
  const columns = link.labels.map(label => label.split(' → ')[0]).join('; ')
  return `  r${from} ${many}--${link.optional ? 'o|' : '||'} r${to} : "${quotable(columns)}"`
}

/** A type or a column's name: a word of letters that every version of mermaid takes. */
const wordOf = (text: string): string => {
  const word = text.replace(/[^A-Za-z0-9_]+/g, '_').slice(0, 63)
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`
}

/**
 * For between quotes. mermaid knows no backslash: what would end the quotes, or be taken for a directive, a comment,
 * HTML or Markdown, becomes an entity code, which it draws as the character.
 */
const quotable = (text: string): string =>
  shorten(text, 60).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /["#%&;\\<>`{}[\]*|~$\u0000-\u001f\u007f]/g,
    character => `#${character.charCodeAt(0)};`,
  )
