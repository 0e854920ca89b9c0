import { formatCount } from '../../terminal/format.ts'
import { anchorOf } from '../anchor.ts'
import { type Html, html } from './escape.ts'
import { later } from './markup.ts'
import type { SchemaPart } from './schema.ts'

export type NavigationEntry = { anchor: string; title: string }

/** So many relations in all are listed at once; where there are more, each schema is a click away. */
const few = 40

const entries = (all: readonly NavigationEntry[]): Html[] =>
  all.map(({ anchor, title }) => html`<li><a href="#${anchor}">${title}</a></li>`)

export function navigation(
  before: readonly NavigationEntry[],
  parts: readonly SchemaPart[],
  after: readonly NavigationEntry[],
): Html {
  const all = parts.reduce((sum, { relations }) => sum + relations.length, 0)
  const open = all <= few
  return html`<nav aria-label="Contents"><ul class="sections">${entries(before)}${
    parts.length > 0 && html`<li><a href="#schema">Schema</a></li>`
  }${entries(after)}</ul>${
    parts.length > 0 &&
    html`<div class="schemas"><h2>Schemas</h2>${parts.map(part => schemaList(part, open, all > 400))}</div>`
  }</nav>
`
}

function schemaList({ name, anchor, relations }: SchemaPart, open: boolean, deferred: boolean): Html {
  const summary = html`<summary><span>${name}</span> <small>${formatCount(relations.length)}</small></summary>`
  const links = relations.map(one => html`<li><a href="#${anchorOf(one.id)}">${one.name}</a></li>`)
  const list = html`<ul><li><a href="#${anchor}"><em>the schema</em></a></li>${links}</ul>`
  return open
    ? html`<details open>${summary}${list}</details>`
    : html`<details>${summary}${later(deferred, list)}</details>`
}
