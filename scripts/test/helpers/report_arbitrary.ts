import fc from 'fast-check'
import type { Finding, Relation, Report } from '../../explore/report.ts'
import { columnOf, foreignKeyTo, indexOf, relationOf, reportOf } from './report.ts'

/** Few names, so that two reports share some; among them such as break out where nobody takes care. */
const name = fc.constantFrom(
  'a',
  'b',
  'station',
  'my table',
  'a|b',
  '<b>"x"',
  'line\nbreak',
  '__proto__',
  '`c`',
  'größe',
)
const some = <T>(one: fc.Arbitrary<T>, of: (value: T) => string) =>
  fc.uniqueArray(one, { maxLength: 3, selector: of })
const flag = fc.boolean()
const text = fc.option(name)

const column = fc
  .record({ name, type: fc.constantFrom('integer', 'text'), not_null: flag, default: text, comment: text })
  .map(({ name, type, ...rest }) => columnOf(name, type, rest))

const relation: fc.Arbitrary<Relation> = fc
  .record({
    schema: fc.constantFrom('public', 'Other'),
    name,
    kind: fc.constantFrom('table' as const, 'view' as const, 'hypertable' as const),
    comment: text,
    rows: fc.option(fc.nat(1_000_000)),
    total_bytes: fc.nat(1_000_000_000),
    sizes_exact: flag,
    definition: text,
    columns: some(column, one => one.name),
    scans: fc.array(fc.record({ name, scans: fc.option(fc.nat(3)), valid: flag }), { maxLength: 3 }),
    keys: fc.uniqueArray(name, { maxLength: 2 }),
  })
  .map(({ schema, name, scans, keys, ...rest }) => {
    const { id } = relationOf(schema, name)
    const indexes = new Map(
      scans.map(one => [one.name, indexOf(id, one.name, { scans: one.scans, valid: one.valid })]),
    )
    const constraints = keys.map(key => foreignKeyTo('public.station', key))
    return relationOf(schema, name, { ...rest, indexes: [...indexes.values()], constraints })
  })

const finding: fc.Arbitrary<Finding> = fc.record({
  check: fc.constantFrom('0101', '0201'),
  title: fc.constant('A title'),
  severity: fc.constantFrom('critical' as const, 'warning' as const),
  object: name,
  relation: text,
  reason: name,
  sql: fc.constant(null),
})

export const arbitraryReport: fc.Arbitrary<Report> = fc
  .record({
    relations: some(relation, one => one.id),
    findings: fc.array(finding, { maxLength: 4 }),
    outcomes: fc.array(fc.constantFrom('found' as const, 'not assessed' as const, 'off' as const), {
      minLength: 2,
      maxLength: 2,
    }),
    days: fc.nat(30),
    extensions: fc.uniqueArray(name, { maxLength: 2 }),
    unseen: fc.option(fc.constantFrom('indexes', 'columns', 'relations', 'extensions')),
  })
  .map(({ relations, findings, outcomes, days, extensions, unseen }) =>
    reportOf(relations, {
      generated_at: new Date(Date.UTC(2026, 0, 1 + days)).toISOString(),
      findings,
      extensions: extensions.map(one => ({
        name: one,
        schema: 'public',
        version: '1',
        available: null,
        comment: null,
      })),
      not_measured: unseen === null ? [] : [{ what: unseen, why: 'Because | <b>.' }],
      checks: outcomes.map((outcome, at) => ({
        number: ['0101', '0201'][at] ?? '',
        name: 'x',
        title: 'A title',
        severity: 'warning' as const,
        why: '',
        mend: '',
        source: '',
        outcome,
        reason: null,
        findings: 0,
      })),
    }),
  )
