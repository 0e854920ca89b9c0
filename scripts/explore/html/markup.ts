import { anchorOf } from '../anchor.ts'
import type { Severity } from '../checks/check.ts'
import { type Html, html, type Piece } from './escape.ts'

/** A cell: what is shown; and the number that it is sorted by, null where that is not known. */
export type Cell = Piece | { shown: Piece; by: number | null }
/** A heading that ends in `#` is that of numbers. */
export type Rows = { caption: string; headings: readonly string[]; rows: readonly (readonly Cell[])[] }

export const by = (value: number | null, shown: Html): Cell => ({ shown, by: value })

const cell = (content: Cell): Html =>
  typeof content === 'object' && content !== null && 'by' in content
    ? html`<td data-v="${content.by === null ? '' : String(content.by)}">${content.shown}</td>`
    : html`<td>${content}</td>`

/** A table in a box of its own that scrolls sideways where the screen is narrow. The script makes it sortable. */
export function table({ caption, headings, rows }: Rows): Html {
  if (rows.length === 0) return html``
  const head = headings.map(heading =>
    heading.endsWith('#')
      ? html`<th scope="col" class="number">${heading.slice(0, -1)}</th>`
      : html`<th scope="col">${heading}</th>`,
  )
  return html`<div class="scroll"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>${rows.map(
    row => html`<tr>${row.map(cell)}</tr>`,
  )}</tbody></table></div>`
}

/** Names and values, those without a value left out. */
export function facts(pairs: readonly (readonly [string, Piece])[]): Html {
  const there = pairs.filter(([, value]) => value !== null && value !== undefined && value !== false)
  return html`<dl class="facts">${there.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`
}

export const code = (text: string): Html => html`<code>${text}</code>`

/** A block to be copied. A line end just after <pre> would be lost: it gets one of its own. */
export const sql = (text: string, label = 'Copy SQL'): Html =>
  html`<div class="sql"><pre tabindex="0">
${text}</pre><button type="button" class="copy">${label}</button></div>`

export const relationLink = (id: string): Html => html`<a href="#${anchorOf(id)}"><code>${id}</code></a>`

/** A link where the relation has a place in the report. */
export const maybeLink = (id: string, known: ReadonlySet<string>): Html =>
  known.has(id) ? relationLink(id) : code(id)

const marks: Record<Severity, string> = { critical: '▲', warning: '◆', notice: '●' }
export const severityBadge = (severity: Severity): Html =>
  html`<span class="badge ${severity}"><span aria-hidden="true">${marks[severity]}</span> ${severity}</span>`

export const details = (summary: Piece, body: Piece): Html =>
  html`<details><summary>${summary}</summary>${body}</details>`

/**
 * With scripts, what is in <noscript> is text and not elements: a report of 5,000 tables opens at once, and the script
 * makes elements of it when its details are opened. Without scripts it is there like everything else.
 */
export const later = (deferred: boolean, body: Piece): Html =>
  deferred ? html`<noscript>${body}</noscript>` : html`${body}`

/** A section with a heading, or nothing where there is nothing in it. */
export function section(id: string, title: string, body: Html): Html {
  if (body.html === '') return body
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>\n`
}
export const part = (title: string, body: Html): Html =>
  body.html === '' ? body : html`<section class="part"><h3>${title}</h3>${body}</section>`
