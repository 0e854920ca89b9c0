import { expect, test } from 'vitest'
import type { Relation } from '../postgres/database_facts.ts'
import { dataHeading } from '../postgres/dump_archive.ts'
import { compareRows } from './check_dump.ts'

const relation = (oid: number, name: string, changes: Partial<Relation> = {}): Relation => ({
  ...{ oid, schema: 'public', name, sql: `public.${name}`, kind: 'table', parent: null, isPartition: false },
  ...{ isUnlogged: false, isChunk: false, isHypertable: false, readable: true, hidden: false },
  ...changes,
})

type Rows = Record<string, number>
function compare(
  relations: Relation[],
  stored: Record<number, number>,
  read: Rows,
  { isUtf8 = true, withData = true } = {},
) {
  const tables = new Map(
    Object.entries(read).map(([name, rows]) => [
      `${dataHeading(relation(0, name))}somebody; with a semicolon`,
      rows,
    ]),
  )
  const rows = Object.values(read).reduce((a, b) => a + b, 0)
  return compareRows(
    { tables, rows },
    {
      ...{ relations, heading: dataHeading, isUtf8, withData },
      stored: new Map(Object.entries(stored).map(([oid, count]) => [Number(oid), count])),
    },
  )
}

const a = relation(1, 'a')
const b = relation(2, 'b')

test.each<[string, Relation[], Record<number, number>, Rows, string[]]>([
  ['nothing at all', [], {}, {}, []],
  ['the same', [a, b], { 1: 3, 2: 0 }, { a: 3, b: 0 }, []],
  ['rows that are missing', [a, b], { 1: 3, 2: 5 }, { a: 3, b: 4 }, ['public.b: 4 rows instead of 5']],
  ['rows too many', [a], { 1: 3 }, { a: 4 }, ['public.a: 4 rows instead of 3']],
  [
    'a table that is missing, even an empty one',
    [a, b],
    { 1: 3, 2: 0 },
    { a: 3 },
    ['public.b: its rows are missing'],
  ],
  ['a table that was not counted', [a, b], { 1: 3 }, { a: 3, b: 9 }, []],
  ['rows of an extension’s tables, which nobody counts', [a], { 1: 3 }, { a: 3, catalog: 7 }, []],
  [
    'a partitioned table, which has none itself',
    [relation(3, 'p', { kind: 'partitioned table' })],
    { 3: 0 },
    {},
    [],
  ],
  ['a line end in a name, which pg_dump makes a blank', [relation(4, 'x\ny')], { 4: 2 }, { 'x y': 2 }, []],
  [
    'two names that are one then',
    [relation(4, 'x\ny'), relation(5, 'x y')],
    { 4: 2, 5: 3 },
    { 'x y': 5 },
    [],
  ],
])('%s', (_, relations, stored, read, problems) => {
  expect(compare(relations, stored, read)).toEqual(problems)
})

test('names are compared to the letter, but for those in another encoding', () => {
  const streets = [relation(1, 'straße')]
  // What ß is in LATIN1 no UTF-8 has.
  expect(compare(streets, { 1: 2 }, { 'stra\uFFFDe': 2 })).toEqual(['public.straße: its rows are missing'])
  expect(compare(streets, { 1: 2 }, { 'stra\uFFFDe': 2 }, { isUtf8: false })).toEqual([])
  expect(compare(streets, { 1: 2 }, { 'stra\uFFFDe': 1 }, { isUtf8: false })).toEqual([
    'public.straße: 1 rows instead of 2',
  ])
})

test('definitions alone have no rows', () => {
  expect(compare([a], {}, {}, { withData: false })).toEqual([])
  expect(compare([a], {}, { a: 2 }, { withData: false })).toEqual(['it holds 2 rows and should hold none'])
})

test('of very many problems some are named', () => {
  const many = Array.from({ length: 25 }, (_, i) => relation(i, `t${i}`))
  const problems = compare(many, Object.fromEntries(many.map(({ oid }) => [oid, 1])), {})
  expect(problems).toHaveLength(11)
  expect(problems.at(-1)).toBe('… and 15 more')
})
