import type { Box } from './box.ts'
import type { Link } from './graph.ts'

export type Point = readonly [x: number, y: number]

/** Boxes and lines with their places, in pixels from the top left corner. */
export type Placed = {
  boxes: { box: Box; x: number; y: number }[]
  /** A line is a cubic Bézier curve: a point, then three for each piece. */
  lines: { link: Link; points: Point[] }[]
  width: number
  height: number
}

/** From the right side of one box to the left side of another, in a gentle curve. */
export function curve([x1, y1]: Point, [x2, y2]: Point): Point[] {
  const bend = Math.max(30, Math.abs(x2 - x1) / 2)
  return [
    [x1, y1],
    [x1 + bend, y1],
    [x2 - bend, y2],
    [x2, y2],
  ]
}

/** Out of the top of a box and back into it. */
export const loop = (box: Box, x: number, y: number): Point[] => [
  [x + box.width * 0.7, y],
  [x + box.width * 0.7, y - 34],
  [x + box.width * 0.3, y - 34],
  [x + box.width * 0.3, y],
]

/** Without Graphviz: in rows, and the lines wherever they come to lie. */
export function grid(boxes: readonly Box[], links: readonly Link[]): Placed {
  const columns = Math.ceil(Math.sqrt(boxes.length))
  const stepX = Math.max(...boxes.map(({ width }) => width)) + 80
  const stepY = Math.max(...boxes.map(({ height }) => height)) + 50
  const placed = boxes.map((box, at) => ({
    box,
    x: (at % columns) * stepX,
    y: 40 + Math.floor(at / columns) * stepY,
  }))
  const byId = new Map(placed.map(one => [one.box.relation.id, one]))
  const lines = links.flatMap(link => {
    const [from, to] = [byId.get(link.from), byId.get(link.to)]
    if (from === undefined || to === undefined) return []
    if (from === to) return [{ link, points: loop(from.box, from.x, from.y) }]
    const start: Point = [from.x + from.box.width, from.y + from.box.height / 2]
    return [{ link, points: curve(start, [to.x, to.y + to.box.height / 2]) }]
  })
  return {
    boxes: placed,
    lines,
    width: columns * stepX,
    height: 40 + Math.ceil(boxes.length / columns) * stepY,
  }
}

/** Several pictures into one, in rows like lines of text: the highest first, about half as wide again as high. */
export function pack(pieces: readonly Placed[]): Placed {
  const gap = 30
  const area = pieces.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0)
  const limit = Math.max(...pieces.map(({ width }) => width), Math.sqrt(area * 1.6))
  const whole: Placed = { boxes: [], lines: [], width: 0, height: 0 }
  let [x, y, row] = [0, 0, 0]
  for (const piece of [...pieces].sort((a, b) => b.height - a.height || b.width - a.width)) {
    if (x > 0 && x + piece.width > limit) [x, y, row] = [0, y + row + gap, 0]
    const [left, top] = [x, y]
    whole.boxes.push(...piece.boxes.map(one => ({ ...one, x: one.x + left, y: one.y + top })))
    whole.lines.push(
      ...piece.lines.map(({ link, points }) => ({
        link,
        points: points.map(([px, py]): Point => [px + left, py + top]),
      })),
    )
    whole.width = Math.max(whole.width, x + piece.width)
    whole.height = Math.max(whole.height, y + piece.height)
    row = Math.max(row, piece.height)
    x += piece.width + gap
  }
  return whole
}
