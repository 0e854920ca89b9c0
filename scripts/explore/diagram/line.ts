import type { Link, LinkKind } from './graph.ts'
import type { Point } from './place.ts'
import { escapeXml, px } from './text.ts'

const dashes: Record<LinkKind, string | null> = {
  'foreign key': null,
  aggregates: '7 4',
  reads: '7 4',
  inherits: '2 3',
}

/** In words, for the pages that show diagrams. */
export const legend =
  'A solid line is a foreign key: the crow’s foot is at the table whose rows refer, the bar at the one that they refer to, and a ring says that a row may refer to none. A dashed arrow leads from a view or a continuous aggregate to what it reads, a dotted one to the table that is inherited from. Boxes with a double line have chunks or partitions; boxes with round corners are views.'

export function drawLine(link: Link, points: readonly Point[]): string {
  const dash = dashes[link.kind]
  const path = `<path d="${curveOf(points)}"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`
  const reversed = [...points].reverse()
  const ends =
    link.kind === 'foreign key'
      ? (link.many ? foot(reversed) : bar(reversed, 6)) +
        bar(points, 6) +
        (link.optional ? ring(points, 12) : '')
      : arrow(points)
  return `<g><title>${escapeXml(titleOf(link))}</title>${path}${ends}</g>`
}

/** “a refers to b (b_id → id)”. */
export function titleOf({ from, to, kind, labels }: Link): string {
  const verbs: Record<LinkKind, string> = {
    'foreign key': 'refers to',
    aggregates: 'aggregates',
    reads: 'reads',
    inherits: 'inherits from',
  }
  return `${from} ${verbs[kind]} ${to}${labels.length > 0 ? ` (${labels.join('; ')})` : ''}`
}

function curveOf(points: readonly Point[]): string {
  const [first, ...rest] = points.map(([x, y]) => `${px(x)} ${px(y)}`)
  return `M${first}C${rest.join(' ')}`
}

/** Marks are drawn where a line ends, never as <marker>: that needs an id, and a page has many diagrams. */
function at(points: readonly Point[], back: number, aside: number): Point {
  const [x, y] = points.at(-1) ?? [0, 0]
  const before = [...points].reverse().find(([bx, by]) => Math.hypot(x - bx, y - by) > 1) ?? [x - 1, y]
  const length = Math.hypot(x - before[0], y - before[1])
  const [dx, dy] = [(x - before[0]) / length, (y - before[1]) / length]
  return [x - dx * back - dy * aside, y - dy * back + dx * aside]
}
const stroke = (...points: Point[]): string =>
  `<path d="M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join('L')}"/>`

const foot = (points: readonly Point[]): string =>
  stroke(at(points, 0, 6), at(points, 11, 0), at(points, 0, -6))
const bar = (points: readonly Point[], back: number): string =>
  stroke(at(points, back, 5), at(points, back, -5))
const arrow = (points: readonly Point[]): string =>
  stroke(at(points, 9, 5), at(points, 0, 0), at(points, 9, -5))
function ring(points: readonly Point[], back: number): string {
  const [x, y] = at(points, back, 0)
  return `<circle cx="${px(x)}" cy="${px(y)}" r="3.5" fill="var(--diagram-paper, none)"/>`
}
