import { anchorOf } from '../anchor.ts'
import type { RelationKind } from '../facts.ts'
import type { Relation } from '../report.ts'
import { cells, escapeXml, px, shorten } from './text.ts'

/** A relation as it is drawn: name, kind, and the columns that keys are made of. Lengths in pixels. */
export type Box = { relation: Relation; rows: Row[]; marksWidth: number; width: number; height: number }
type Row = { marks: string; name: string }

/** Places that a name may take, and the height of the lines. */
const longest = 30
const header = 36
const line = 15
/** Width of a letter of a fixed-width font: 0.602 of its size with every font that browsers choose. */
const letter = { name: 7.3, kind: 6.1, row: 6.7 }

/** `rows`: how many key columns are listed at the most. */
export function boxOf(relation: Relation, rows: number): Box {
  const keys = keyColumns(relation)
  const shown = keys.slice(0, keys.length > rows ? Math.max(rows - 1, 0) : rows)
  const left = keys.length - shown.length
  const listed = left > 0 && rows > 0 ? [...shown, { marks: '', name: `… ${left} more` }] : shown
  const marksWidth = 15 + Math.max(3, ...listed.map(({ marks }) => marks.length)) * letter.kind
  const width = Math.max(
    100,
    cells(shorten(relation.name, longest)) * letter.name + 20,
    cells(subtitle(relation)) * letter.kind + 20,
    ...listed.map(({ name }) => marksWidth + cells(shorten(name, longest)) * letter.row + 10),
  )
  return {
    relation,
    rows: listed,
    marksWidth,
    width: Math.ceil(width),
    height: header + (listed.length > 0 ? listed.length * line + 8 : 4),
  }
}

function keyColumns({ constraints, columns, hypertable }: Relation): Row[] {
  const of = (kind: string): Set<string> =>
    new Set(constraints.filter(one => one.kind === kind).flatMap(one => one.columns))
  const [primary, foreign] = [of('primary key'), of('foreign key')]
  const time = hypertable?.dimensions.find(({ kind }) => kind === 'time')?.column
  return columns.flatMap(({ name }) => {
    const marks = [primary.has(name) && 'PK', foreign.has(name) && 'FK', name === time && 'time'].filter(
      Boolean,
    )
    return marks.length > 0 ? [{ marks: marks.slice(0, 2).join(' '), name }] : []
  })
}

const subtitle = ({ schema, kind }: Relation): string => `${shorten(schema, 20)} · ${kind}`

/** What tells the kinds apart, besides the word: corners, dashes, and a second line for what has parts. */
const outlines: Record<RelationKind, { round: number; dash: string | null; twice: boolean }> = {
  table: { round: 0, dash: null, twice: false },
  'partitioned table': { round: 0, dash: '9 3', twice: true },
  hypertable: { round: 0, dash: null, twice: true },
  view: { round: 10, dash: '5 4', twice: false },
  'materialized view': { round: 10, dash: null, twice: false },
  'continuous aggregate': { round: 10, dash: null, twice: true },
  'foreign table': { round: 0, dash: '2 3', twice: false },
}

/**
 * A link to the relation's own page. The keyboard reaches the same pages by the lists beside a diagram: a stop at each
 * of 150 boxes would only be in its way.
 */
export function drawBox(box: Box, x: number, y: number, focus: boolean): string {
  const { relation, rows, marksWidth, width, height } = box
  const { round, dash, twice } = outlines[relation.kind]
  const outline = (inset: number, fill: string): string =>
    `<rect x="${px(x + inset)}" y="${px(y + inset)}" width="${px(width - 2 * inset)}" height="${px(height - 2 * inset)}"${
      round > 0 ? ` rx="${Math.max(round - inset, 0)}"` : ''
    } fill="${fill}" stroke="currentColor"${focus && inset === 0 ? ' stroke-width="2.5"' : ''}${
      dash !== null && inset === 0 ? ` stroke-dasharray="${dash}"` : ''
    }/>`
  const text = (content: string, left: number, top: number, rest: string): string =>
    `<text x="${px(x + left)}" y="${px(y + top)}"${rest}>${escapeXml(content)}</text>`
  const name = shorten(relation.name, longest)
  const parts = [
    `<title>${escapeXml(`${relation.id}: ${relation.kind}`)}</title>`,
    outline(0, 'var(--diagram-box, none)'),
    twice ? outline(3, 'none') : '',
    text(name, 10, 17, ` font-size="12" font-weight="bold"${fitted(name, letter.name)}`),
    text(subtitle(relation), 10, 30, ' font-size="10"'),
    rows.length > 0
      ? `<path d="M${px(x + (twice ? 3 : 0))} ${px(y + header)}h${px(width - (twice ? 6 : 0))}" stroke="currentColor" stroke-opacity=".4"/>`
      : '',
    ...rows.flatMap(({ marks, name: column }, at) => {
      const top = header + 14 + at * line
      const shown = shorten(column, longest)
      return [
        marks === '' ? '' : text(marks, 10, top, ' font-size="10"'),
        text(shown, marksWidth, top, fitted(shown, letter.row)),
      ]
    }),
  ]
  return `<a href="#${anchorOf(relation.id)}" tabindex="-1">${parts.join('')}</a>`
}

/** Letters that a font may lack come from another one, of another width: they are squeezed into theirs. */
const fitted = (text: string, width: number): string =>
  /^[\u0020-\u024f…]*$/u.test(text)
    ? ''
    : ` textLength="${px(cells(text) * width)}" lengthAdjust="spacingAndGlyphs"`
