import type { RoleFacts } from '../facts.ts'
import type { Report } from '../report.ts'
import { type Html, html } from './escape.ts'
import { by, code, maybeLink, table } from './markup.ts'
import { count, missing, moment, percent, yes } from './values.ts'

const text = (comment: string | null): Html | null =>
  comment === null ? null : html`<span class="text">${comment}</span>`

export const functions = ({ functions: all }: Report): Html =>
  table({
    caption: 'Functions and procedures',
    headings: [
      'Function',
      'Kind',
      'Returns',
      'Language',
      'Volatility',
      'Runs as',
      'Settings',
      'Owner',
      'Comment',
    ],
    rows: all.map(one => [
      html`<code>${one.id}</code>`,
      one.kind,
      one.result !== null && code(one.result),
      one.language,
      one.volatility,
      one.security_definer ? 'its owner' : 'who calls it',
      one.settings.length > 0 && code(one.settings.join(', ')),
      one.owner,
      text(one.comment),
    ]),
  })

export const types = ({ types: all }: Report): Html =>
  table({
    caption: 'Types',
    headings: ['Type', 'Kind', 'Definition', 'Comment'],
    rows: all.map(one => [code(one.id), one.kind, code(one.definition), text(one.comment)]),
  })

export const sequences = ({ sequences: all }: Report, known: ReadonlySet<string>): Html =>
  table({
    caption: 'Sequences',
    headings: ['Sequence', 'Type', 'Belongs to', 'Last value', 'Step', 'Limit', 'Used#', 'Cycles'],
    rows: all.map(one => [
      code(one.id),
      one.type,
      one.owned_by && html`${maybeLink(one.owned_by.relation, known)} ${code(one.owned_by.column)}`,
      one.last_value ?? missing('unused, or not visible'),
      one.increment,
      one.limit,
      by(
        one.used,
        one.used === null
          ? missing('unknown')
          : html`${percent(one.used)} <meter min="0" max="1" value="${String(one.used)}" aria-hidden="true"></meter>`,
      ),
      yes(one.cycle),
    ]),
  })

export const extensions = ({ extensions: all }: Report): Html =>
  table({
    caption: 'Extensions',
    headings: ['Extension', 'Version', 'Available', 'Schema', 'Comment'],
    rows: all.map(one => [
      code(one.name),
      one.version,
      one.available ?? missing('unknown'),
      one.schema,
      text(one.comment),
    ]),
  })

export const roles = ({ roles: all }: Report): Html =>
  table({
    caption: 'Roles',
    headings: ['Role', 'May', 'Member of', 'Connections#', 'Password valid until', 'Comment'],
    rows: all.map(one => [
      code(one.name),
      may(one).join(', '),
      one.member_of.join(', '),
      one.connection_limit === null || one.connection_limit < 0
        ? by(null, missing('no limit'))
        : by(one.connection_limit, count(one.connection_limit)),
      moment(one.valid_until, 'no end'),
      text(one.comment),
    ]),
  })

const may = (one: RoleFacts): string[] =>
  [
    one.superuser && 'everything: superuser',
    one.login && 'log in',
    one.createdb && 'create databases',
    one.createrole && 'create roles',
    one.replication && 'replicate',
    one.bypass_rls && 'bypass row security',
  ].filter(one => one !== false)
