import { drawBox } from './box.ts'
import { drawLine } from './line.ts'
import type { Placed } from './place.ts'
import { escapeXml, px } from './text.ts'

const margin = 12

/**
 * An <svg> that can stand in HTML. Colours are the page's own: `currentColor`, and, where the page sets them,
 * --diagram-box behind the boxes and --diagram-paper behind all of it. It has no ids and no style of its own: many of
 * them stand in one page.
 */
export function svgOf(
  { boxes, lines, width, height }: Placed,
  words: { title: string; desc: string; note: string | null },
  focus?: string,
): string {
  const [left, right] = [Math.min(0, ...lines.flatMap(xs)), Math.max(width, ...lines.flatMap(xs))]
  const [top, bottom] = [Math.min(0, ...lines.flatMap(ys)), Math.max(height, ...lines.flatMap(ys))]
  // A note is text of 11 pixels below the picture, which may have to be wider for it.
  const noteWidth = words.note === null ? 0 : words.note.length * 6.7
  const w = Math.max(right - left, noteWidth) + 2 * margin
  const h = bottom - top + 2 * margin + (words.note === null ? 0 : 20)
  const note =
    words.note === null ? '' : `<text x="${px(left)}" y="${px(bottom + 20)}">${escapeXml(words.note)}</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" width="${px(w)}" height="${px(h)}"`,
    ` viewBox="${px(left - margin)} ${px(top - margin)} ${px(w)} ${px(h)}"`,
    ' font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11" fill="currentColor">',
    `<title>${escapeXml(words.title)}</title><desc>${escapeXml(words.desc)}</desc>`,
    `<g fill="none" stroke="currentColor" stroke-opacity=".7">${lines.map(({ link, points }) => drawLine(link, points)).join('')}</g>`,
    ...boxes.map(({ box, x, y }) => drawBox(box, x, y, box.relation.id === focus)),
    note,
    '</svg>',
  ].join('')
}

const xs = ({ points }: Placed['lines'][number]): number[] => points.map(([x]) => x)
const ys = ({ points }: Placed['lines'][number]): number[] => points.map(([, y]) => y)
