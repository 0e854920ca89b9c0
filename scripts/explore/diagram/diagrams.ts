import type { Report } from '../report.ts'
import { type Box, boxOf } from './box.ts'
import { count, type Graph, graphOf, type Selection } from './graph.ts'
import { dotOf, layOut, readPlain } from './graphviz.ts'
import { placeNeighbours } from './neighbours.ts'
import { grid, type Placed, pack } from './place.ts'
import { neighbourhoodOf, neighbourhoodsByWorth, overviewOf, schemaOf } from './select.ts'
import { svgOf } from './svg.ts'

export type Drawn = { svg: string; note: string | null }

/** The diagrams of a report: each `svg` is a whole <svg> that can stand in HTML, with links to `#` + `anchorOf(id)`. */
export type Diagrams = {
  /** The whole database, capped: `note` says what is left out. Null where nothing is related to anything. */
  overview: Drawn | null
  /** By schema; empty where all is in one schema, for that would be the overview again. */
  schemas: Record<string, Drawn>
  /** By the relation's id: it, and what it is one step away from. */
  neighbourhoods: Record<string, string>
  /** Whole diagrams that are not drawn, in words. */
  notes: string[]
}

/** Nodes of all schemas' diagrams together, and neighbourhoods: beyond these the page would be too large to open. */
export const most = { schemaNodes: 600, neighbourhoods: 300 } as const
/** Of a large picture fewer: it is high enough. */
const keysShown = { some: 4, many: 2, centre: 8 } as const
const many = 50

/**
 * Draws them all, the same report always the same. What Graphviz cannot lay out is drawn in rows, and its note says so.
 * `timeLimit`: milliseconds that Graphviz may take for all of them.
 * @throws the signal's reason
 */
export async function drawDiagrams(
  report: Pick<Report, 'relations' | 'schemas'> & { server: { database: string } },
  { signal, timeLimit }: { signal?: AbortSignal | undefined; timeLimit?: number | undefined } = {},
): Promise<Diagrams> {
  const graph = graphOf(report)
  const leftOut: string[] = []
  const pictures = picturesOf(graph, report, leftOut)
  const laidOut = await layOut(
    pictures.flatMap(({ parts }) => parts.map(({ boxes, selection }) => dotOf(boxes, selection.links))),
    signal,
    timeLimit,
  )
  let at = 0
  const drawn = pictures.map(({ schema, title, selection, parts }) => {
    let failed: string | null = null
    const placed = parts.map(part => {
      const result = laidOut[at++]
      if (result && 'plain' in result) return readPlain(result.plain, part.boxes, part.selection.links)
      failed ??= result?.failed ?? ''
      return grid(part.boxes, part.selection.links)
    })
    return { schema, ...draw(pack(placed), title, selection, failed) }
  })
  const schemas = drawn.flatMap(({ schema, ...rest }) => (schema === null ? [] : [[schema, rest] as const]))
  const overview = drawn.find(({ schema }) => schema === null)
  return {
    overview: overview ? { svg: overview.svg, note: overview.note } : null,
    schemas: Object.fromEntries(schemas),
    neighbourhoods: drawNeighbourhoods(graph, leftOut),
    notes: leftOut,
  }
}

type Picture = {
  /** Null: the overview. */
  schema: string | null
  title: string
  selection: Selection
  /** Each is laid out on its own. */
  parts: { boxes: Box[]; selection: Selection }[]
}

function picturesOf(
  graph: Graph,
  report: { schemas: Report['schemas']; server: { database: string } },
  leftOut: string[],
): Picture[] {
  const picture = (schema: string | null, title: string, selection: Selection | null): Picture[] =>
    selection === null ? [] : [{ schema, title, selection, parts: components(graph, selection) }]
  const overview = picture(null, `Relations of the database ${report.server.database}`, overviewOf(graph))
  const schemas = [...new Set([...graph.relations.values()].map(({ schema }) => schema))]
  if (schemas.length < 2) return overview
  const all = schemas.flatMap(name => picture(name, `Relations of the schema ${name}`, schemaOf(graph, name)))
  let nodes = 0
  const shown = all.filter(({ selection }) => {
    nodes += selection.ids.length
    return nodes <= most.schemaNodes
  })
  const left = all.length - shown.length
  if (left > 0)
    leftOut.push(
      `${count(left, 'schema')} ${left === 1 ? 'has' : 'have'} no diagram of ${left === 1 ? 'its' : 'their'} own: there are too many.`,
    )
  return [...overview, ...shown]
}

/** What hangs together. Each piece on its own is laid out sooner, and takes less room. */
function components(graph: Graph, { ids, links }: Selection): Picture['parts'] {
  const group = new Map(ids.map(id => [id, new Set([id])]))
  for (const { from, to } of links) {
    const [a, b] = [group.get(from), group.get(to)]
    if (a === undefined || b === undefined || a === b) continue
    for (const id of b) group.set(id, a.add(id))
  }
  return [...new Set(group.values())].map(members => ({
    boxes: boxes(
      graph,
      ids.filter(id => members.has(id)),
      ids.length > many ? keysShown.many : keysShown.some,
    ),
    selection: { ids: [...members], links: links.filter(({ from }) => members.has(from)), note: null },
  }))
}

const boxes = (graph: Graph, ids: readonly string[], rows: number): Box[] =>
  ids.flatMap(id => {
    const relation = graph.relations.get(id)
    return relation ? [boxOf(relation, rows)] : []
  })

function draw(placed: Placed, title: string, { ids, links, note }: Selection, failed: string | null): Drawn {
  const desc = `${count(ids.length, 'relation')} and ${count(links.length, 'relationship')}.${note === null ? '' : ` ${note}`}`
  const why =
    failed === null
      ? null
      : `Drawn in rows, and lines may cross boxes: Graphviz could not lay it out. ${failed}`
  return {
    svg: svgOf(placed, { title, desc, note: null }),
    note: [note, why].filter(text => text !== null).join(' ') || null,
  }
}

function drawNeighbourhoods(graph: Graph, leftOut: string[]): Record<string, string> {
  const ids = neighbourhoodsByWorth(graph)
  const left = ids.length - most.neighbourhoods
  if (left > 0)
    leftOut.push(
      `The ${most.neighbourhoods} largest tables with relationships have a diagram of their own; ${count(left, 'other')} ${left === 1 ? 'has' : 'have'} none: it would make the page too large.`,
    )
  const drawn = ids.slice(0, most.neighbourhoods).flatMap(id => {
    const selection = neighbourhoodOf(graph, id)
    const [centre] = boxes(graph, [id], keysShown.centre)
    if (selection === null || centre === undefined) return []
    const placed = placeNeighbours(centre, boxes(graph, selection.ids.slice(1), 0), selection.links)
    const words = {
      title: `What ${id} is related to`,
      desc: describeLinks(id, selection),
      note: selection.note,
    }
    return [[id, svgOf(placed, words, id)] as const]
  })
  return Object.fromEntries(drawn)
}

function describeLinks(id: string, { links }: Selection): string {
  const to = links.filter(link => link.from === id).map(link => link.to)
  const from = links.filter(link => link.to === id).map(link => link.from)
  const sentences = [
    to.length > 0 ? `It refers to ${to.join(', ')}.` : '',
    from.length > 0 ? `Referring to it: ${from.join(', ')}.` : '',
  ]
  return sentences.filter(Boolean).join(' ')
}
