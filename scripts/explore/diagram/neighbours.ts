import type { Box } from './box.ts'
import type { Link } from './graph.ts'
import { curve, loop, type Placed, type Point } from './place.ts'

const gap = 12
const between = 90

/**
 * A relation in the middle, what refers to it on its left, what it refers to on its right. So simple a picture needs
 * no Graphviz, and there may be hundreds of them.
 */
export function placeNeighbours(centre: Box, others: readonly Box[], links: readonly Link[]): Placed {
  const id = centre.relation.id
  const isLeft = ({ relation }: Box): boolean =>
    links.some(({ from, to }) => from === relation.id && to === id) &&
    !links.some(({ from, to }) => from === id && to === relation.id)
  const sides = { left: others.filter(isLeft), right: others.filter(box => !isLeft(box)) }
  const heightOf = (boxes: readonly Box[]): number =>
    boxes.reduce((sum, { height }) => sum + height + gap, -gap)
  const itself = links.find(({ from, to }) => from === to)
  const head = itself ? 30 : 0
  const height = Math.max(heightOf(sides.left), heightOf(sides.right), centre.height + 2 * head)
  const leftWidth = Math.max(0, ...sides.left.map(({ width }) => width))
  const x = sides.left.length > 0 ? leftWidth + between : 0
  const y = (height - centre.height) / 2
  const rightX = x + centre.width + between
  const placed: Placed = { boxes: [{ box: centre, x, y }], lines: [], width: x + centre.width, height }
  if (itself) placed.lines.push({ link: itself, points: loop(centre, x, y) })

  const column = (boxes: readonly Box[], side: 'left' | 'right'): void => {
    let top = (height - heightOf(boxes)) / 2
    for (const [at, box] of boxes.entries()) {
      const left = side === 'left' ? leftWidth - box.width : rightX
      placed.boxes.push({ box, x: left, y: top })
      placed.width = Math.max(placed.width, left + box.width)
      const middle = top + box.height / 2
      // Spread over the side of the box in the middle, so that the ends do not lie upon each other.
      const port = y + (centre.height * (at + 1)) / (boxes.length + 1)
      const mine = links.filter(
        ({ from, to }) => from !== to && (from === box.relation.id || to === box.relation.id),
      )
      for (const link of mine) {
        const [a, b] = ends(side, { x, port, width: centre.width }, { left, middle, width: box.width })
        // Two tables that refer to each other: the way back runs a little below.
        const back = side === 'right' && link.to === id
        const points = curve(a, b).map(([px, py]): Point => [px, back ? py + 9 : py])
        placed.lines.push({ link, points: back ? points.reverse() : points })
      }
      top += box.height + gap
    }
  }
  column(sides.left, 'left')
  column(sides.right, 'right')
  return placed
}

function ends(
  side: 'left' | 'right',
  centre: { x: number; port: number; width: number },
  box: { left: number; middle: number; width: number },
): [Point, Point] {
  return side === 'left'
    ? [
        [box.left + box.width, box.middle],
        [centre.x, centre.port],
      ]
    : [
        [centre.x + centre.width, centre.port],
        [box.left, box.middle],
      ]
}
