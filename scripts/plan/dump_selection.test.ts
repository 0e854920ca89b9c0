import { describe, expect, test } from 'vitest'
import type { Relation } from '../postgres/database_facts.ts'
import { names } from '../settings/names.ts'
import { selectRelations } from './dump_selection.ts'

let oid = 0
function relation(sql: string, changes: Partial<Relation> = {}): Relation {
  oid += 1
  const [schema = '', name = ''] = names.parse(sql)[0]?.parts.map(({ text }) => text) ?? []
  return {
    ...{ oid, schema, name, sql, kind: 'table', parent: null, isPartition: false, isUnlogged: false },
    ...{ isChunk: false, isHypertable: false, readable: true, hidden: false },
    ...changes,
  }
}

const orders = relation('public.orders')
const archive = relation('archive.orders')
const odd = relation('public."Odd, ""name"".1"')
const star = relation('public."*"')
const parent = relation('public.events', { kind: 'partitioned table' })
const half = relation('public.events_a', { kind: 'partitioned table', parent: parent.oid, isPartition: true })
const leaf = relation('parts.events_a_1', { parent: half.oid, isPartition: true })
const base = relation('public.base')
const child = relation('public.child', { parent: base.oid })
const plain = [orders, archive, odd, star, parent, half, leaf, base, child]

const select = (relations: Relation[], input: Record<string, string>, only?: 'schema' | 'data') =>
  selectRelations(relations, {
    ...Object.fromEntries(Object.entries(input).map(([key, text]) => [key, names.parse(text)])),
    only,
  })
const sqlOf = (relations: readonly Relation[]) => relations.map(({ sql }) => sql).sort()

test('everything, where nothing is said', () => {
  expect(select(plain, {})).toEqual({
    ...{ tables: [], excludeTables: [], schemas: [], relations: plain, isPartial: false },
  })
})

describe('tables', () => {
  test.each<[string, Relation[]]>([
    ['archive.orders', [archive]],
    ['orders', [orders, archive]],
    ['"Odd, ""name"".1"', [odd]],
    ['public."Odd, ""name"".1"', [odd]],
    ['*rders', [orders, archive]],
    ['publi?.ord*', [orders]],
    ['"*"', [star]],
    ['Odd*', [odd]],
    ['events', [parent, half, leaf]],
    ['events_a', [half, leaf]],
    ['base', [base]],
    ['orders,archive.orders , child', [orders, archive, child]],
  ])('TABLES=%s', (text, wanted) => {
    const { tables, relations, isPartial } = select(plain, { tables: text })
    expect(sqlOf(relations)).toEqual(sqlOf(wanted))
    expect([...tables].sort()).toEqual(sqlOf(wanted))
    expect(isPartial).toBe(true)
  })

  test('partitions go with their table when it is left out', () => {
    const { relations, excludeTables } = select(plain, { excludeTables: 'events' })
    expect(excludeTables).toEqual([parent.sql, half.sql, leaf.sql])
    expect(sqlOf(relations)).toEqual(sqlOf([orders, archive, odd, star, base, child]))
  })

  test('some of them, but not all', () => {
    expect(select(plain, { tables: 'orders', excludeTables: 'archive.*' }).relations).toEqual([orders])
  })

  test.each(['Orders', 'public.nothing', 'nowhere.orders', '"or*"', 'x*'])('%s is none', text => {
    expect(() => select(plain, { tables: `orders,${text}` })).toThrow(`There is no table ${text} in this`)
    expect(() => select(plain, { excludeTables: text })).toThrow(`There is no table ${text} in this`)
  })
})

describe('schemas', () => {
  test('by their name, or a pattern', () => {
    expect(select(plain, { schema: 'archive' })).toMatchObject({
      schemas: ['"archive"'],
      relations: [archive],
    })
    expect(select(plain, { schema: 'a*,parts' }).schemas).toEqual(['"archive"', '"parts"'])
  })

  test.each(['nowhere', 'public.orders', 'Public'])('%s is none', text => {
    expect(() => select(plain, { schema: text })).toThrow(`There is no schema with tables ${text} in this`)
  })
})

describe('a hypertable', () => {
  const hyper = relation('public.metrics', { isHypertable: true })
  const chunk = relation('_timescaledb_internal._hyper_1_1_chunk', { parent: hyper.oid, isChunk: true })
  const all = [...plain, hyper, chunk]

  test('comes with everything', () => {
    expect(select(all, {}).relations).toEqual(all)
  })

  test('is no reason against other tables, or other schemas', () => {
    expect(select(all, { tables: 'orders' }).relations).toEqual([orders, archive])
    expect(select(all, { schema: 'archive' }, 'schema').relations).toEqual([archive])
    expect(select(all, { tables: 'archive.orders' }, 'data').relations).toEqual([archive])
  })

  test.each<[string, Record<string, string>, ('schema' | 'data')?]>([
    ['named', { tables: 'orders,metrics' }],
    ['found by a pattern', { tables: 'public.*' }],
    ['left out', { excludeTables: 'metrics' }],
    ['in a schema', { schema: 'public' }],
    ['without its rows', {}, 'schema'],
    ['by its rows alone', {}, 'data'],
  ])('%s, is refused', (_, input, only) => {
    expect(() => select(all, input, only)).toThrow(
      'public.metrics is a hypertable, which is dumped with the whole database or not at all.',
    )
  })

  test('by one of its chunks, is refused', () => {
    expect(() => select(all, { tables: '_hyper_*' })).toThrow('is part of a hypertable')
    expect(() => select(all, { excludeTables: '_timescaledb_internal.*' })).toThrow('is part of a hypertable')
  })

  test('and ONLY with other tables left out: the hypertable is still in it', () => {
    expect(() => select(all, { excludeTables: 'orders' }, 'schema')).toThrow('is a hypertable')
  })
})
