import type { ColumnStatistics } from '../facts.ts'
import type { Column } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, type Cell, code, table } from './markup.ts'
import { bytes, count, missing, percent, share, shorten } from './values.ts'

export const columns = (all: readonly Column[]): Html => {
  // Columns of the table that would be empty in every row are left out: those of a view, for example.
  const withStatistics = all.some(({ statistics }) => statistics !== null)
  const withDefaults = all.some(({ default: value, generated }) => value !== null || generated !== null)
  return table({
    caption: 'Columns',
    headings: [
      'Column',
      'Type',
      'Null',
      ...(withDefaults ? ['Default'] : []),
      ...(withStatistics ? ['Nulls#', 'Distinct#', 'Width#', 'Most frequent values'] : []),
    ],
    rows: all.map(one => [
      html`${code(one.name)}${one.comment !== null && html`<span class="text">${one.comment}</span>`}`,
      html`${one.type}${one.collation !== null && html` <small>COLLATE ${one.collation}</small>`}`,
      html`<span class="word">${one.not_null ? 'not null' : 'null'}</span>`,
      ...(withDefaults ? [preset(one)] : []),
      ...(withStatistics ? statistics(one.statistics) : []),
    ]),
  })
}

const preset = ({ default: value, generated }: Column): Html => {
  const expression = value === null ? null : code(value)
  if (generated === null) return html`${expression}`
  const words = {
    always: 'identity, always',
    'by default': 'identity',
    stored: 'generated',
    virtual: 'generated, virtual',
  }
  return html`<span class="tag">${words[generated]}</span> ${expression}`
}

function statistics(known: ColumnStatistics | null): Cell[] {
  if (known === null) return [by(null, missing()), by(null, missing()), by(null, missing()), missing()]
  const { null_share, distinct, average_width, common_values, withheld } = known
  return [
    by(null_share, share(null_share)),
    by(distinct, count(distinct, 'unknown')),
    by(average_width, bytes(average_width)),
    withheld ? missing('withheld: looks sensitive') : common(common_values),
  ]
}

const common = (values: ColumnStatistics['common_values']): Html => {
  if (values === null) return missing('not visible')
  if (values.length === 0) return missing('none stands out')
  const telling = values.filter(({ share: its }, i) => i < 3 || its >= 0.01)
  const more = values.length - telling.length
  return html`${telling.map(
    one => html`<span class="value">${shorten(one.value, 40)} <small>${percent(one.share)}</small></span> `,
  )}${more > 0 && html`<small>and ${more} more</small>`}`
}
