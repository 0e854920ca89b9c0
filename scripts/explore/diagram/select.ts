import { compare, count, type Graph, type Link, type Selection } from './graph.ts'

/**
 * How much one picture shows. More is neither readable nor quick: laying out 150 boxes with 300 lines takes half a
 * second, a thousand boxes a minute.
 */
export const caps = {
  nodes: 150,
  links: 300,
  schemaNodes: 60,
  schemaLinks: 120,
  neighbours: 30,
  all: 30,
} as const

/** The relations with the most relationships, and what is between them. Null where nothing is related. */
export function overviewOf(graph: Graph, nodes = caps.nodes, links = caps.links): Selection | null {
  return select(graph, [...graph.relations.keys()], nodes, links)
}

/** The relations of a schema, and those of others that they are related to. Null where none is related. */
export function schemaOf(graph: Graph, schema: string): Selection | null {
  const own = (id: string): boolean => graph.relations.get(id)?.schema === schema
  const ids = new Set(
    graph.links.filter(({ from, to }) => own(from) || own(to)).flatMap(({ from, to }) => [from, to]),
  )
  const touches = ({ from, to }: Link): boolean => own(from) || own(to)
  return select(graph, [...ids], caps.schemaNodes, caps.schemaLinks, touches)
}

/** A relation and what it is one step away from; null where that is nothing. */
export function neighbourhoodOf(graph: Graph, id: string): Selection | null {
  const links = graph.linksOf.get(id) ?? []
  if (links.length === 0) return null
  const others = [...new Set(links.map(({ from, to }) => (from === id ? to : from)))].filter(o => o !== id)
  // What it refers to itself tells more of it than who else refers to it.
  const own = new Set(links.filter(({ from }) => from === id).map(({ to }) => to))
  const shown = byDegree(graph, others)
    .sort((a, b) => Number(own.has(b)) - Number(own.has(a)))
    .slice(0, caps.neighbours)
  const kept = new Set([id, ...shown])
  const left = others.length - shown.length
  return {
    ids: [id, ...shown.sort(compare)],
    links: links.filter(({ from, to }) => kept.has(from) && kept.has(to)),
    note:
      left > 0
        ? `${count(left, 'more relation')} ${left === 1 ? 'is' : 'are'} related to it: shown are the ${shown.length} with the most relationships.`
        : null,
  }
}

/** Relations with relationships; the largest first, then those with the most, for not all can be drawn. */
export const neighbourhoodsByWorth = (graph: Graph): string[] =>
  [...graph.relations.values()]
    .filter(({ id }) => (graph.linksOf.get(id)?.length ?? 0) > 0)
    .sort((a, b) => b.total_bytes - a.total_bytes || degree(graph, b.id) - degree(graph, a.id))
    .map(({ id }) => id)

const degree = (graph: Graph, id: string): number => graph.linksOf.get(id)?.length ?? 0
const byDegree = (graph: Graph, ids: readonly string[]): string[] =>
  [...ids].sort((a, b) => degree(graph, b) - degree(graph, a) || compare(a, b))

function select(
  graph: Graph,
  among: readonly string[],
  nodes: number,
  links: number,
  counts: (link: Link) => boolean = () => true,
): Selection | null {
  const withLinks = among.filter(id => degree(graph, id) > 0)
  if (withLinks.length === 0) return null
  // Of a small database all of it; of a large one what stands alone would only take the room.
  const related = among.length <= caps.all ? among : withLinks
  const ids = byDegree(graph, related).slice(0, nodes).sort(compare)
  const kept = new Set(ids)
  const between = graph.links.filter(link => kept.has(link.from) && kept.has(link.to) && counts(link))
  const rank = ({ kind }: Link): number => (kind === 'foreign key' ? 0 : 1)
  const shown = [...between].sort((a, b) => rank(a) - rank(b)).slice(0, links)
  shown.sort((a, b) => compare(a.from, b.from) || compare(a.to, b.to))
  return {
    ids,
    links: shown,
    note: noteOf(among.length, related.length, ids.length, between.length, shown.length),
  }
}

function noteOf(
  all: number,
  related: number,
  shown: number,
  links: number,
  shownLinks: number,
): string | null {
  const leftOut: string[] = []
  if (shown < related)
    leftOut.push(
      `Shown are the ${shown} relations with the most relationships; ${count(related - shown, 'other')} with relationships ${related - shown === 1 ? 'is' : 'are'} not.`,
    )
  if (shownLinks < links)
    leftOut.push(`Only ${shownLinks} of ${count(links, 'relationship')} between them are drawn.`)
  if (related < all)
    leftOut.push(
      `${count(all - related, 'relation')} without relationships ${all - related === 1 ? 'is' : 'are'} not shown.`,
    )
  return leftOut.length > 0 ? leftOut.join(' ') : null
}
