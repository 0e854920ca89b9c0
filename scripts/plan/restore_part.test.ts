import { expect, test } from 'vitest'
import type { Relation } from '../postgres/database_facts.ts'
import { entryOf, foreignKeysIn, rowsOf, splitForeignKeys } from './restore_part.ts'

let oid = 0
const relation = (schema: string, name: string, more: Partial<Relation> = {}): Relation => ({
  ...{ oid: ++oid, schema, name, sql: `"${schema}"."${name}"`, kind: 'table', parent: null },
  ...{ isPartition: false, isUnlogged: false, isChunk: false, isHypertable: false },
  ...{ readable: true, hidden: false },
  ...more,
})
const orders = relation('public', 'orders')
const ordersOld = relation('public', 'orders old')
const blank = relation('the shop', 'all orders')
const broken = relation('public', 'two\nlines')
const counter = relation('public', 'orders', { kind: 'sequence' })
const all = [orders, ordersOld, blank, broken, counter]

test.each<[string, Relation | undefined]>([
  ['1; 0 16400 TABLE DATA public orders shop', orders],
  ['1; 0 16400 TABLE DATA public orders old shop', ordersOld],
  ['1; 0 16400 TABLE DATA the shop all orders the boss', blank],
  ['1; 0 16400 TABLE DATA public two lines shop', broken],
  ['1; 0 16400 SEQUENCE SET public orders shop', counter],
  ['1; 0 16400 TABLE DATA public orders_2 shop', undefined],
  ['1; 1259 16400 TABLE public orders shop', undefined],
])('%s', (entry, found) => {
  expect(entryOf(entry, all)).toBe(found)
})

test('rows of tables that are not wanted go, everything else stays', () => {
  const [a, b] = ['1; 0 1 TABLE DATA public orders shop', '2; 0 2 TABLE DATA public orders old shop']
  const rest = ['3; 1259 3 INDEX public i shop', '4; 0 4 SEQUENCE SET public orders shop']
  expect(rowsOf([a, b, ...rest], all, new Set([ordersOld]))).toEqual([b, ...rest])
})

test('keys of hypertables and chunks, and the others', () => {
  const theirs = [
    '1; 2606 1 FK CONSTRAINT public Mess werte Mess werte_device_fkey shop',
    '2; 2606 2 FK CONSTRAINT _timescaledb_internal _hyper_1_1_chunk 1_1_fkey shop',
  ]
  const others = [
    '3; 2606 3 FK CONSTRAINT public Mess key shop',
    '4; 2606 4 FK CONSTRAINT public refers zu two shop',
  ]
  const known = [
    relation('public', 'Mess werte', { isHypertable: true }),
    relation('_timescaledb_internal', '_hyper_1_1_chunk', { isChunk: true }),
    ...all,
  ]
  expect(splitForeignKeys([...others, ...theirs], known)).toEqual({ restoring: theirs, after: others })
})

test('foreign keys and their tables', () => {
  const keys = [
    ['public.orders', 'ONLY public.orders'],
    ['public."a ""b"" c.d"', 'ONLY public."a ""b"" c.d"'],
    ['"the shop".orders', '"the shop".orders'],
  ].map(([table, written]) => ({
    table,
    statement: `ALTER TABLE ${written}\n    ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES public.b(id);`,
  }))
  const sql = keys.map(({ statement }) => `--\n-- Name: k; Type: FK CONSTRAINT\n--\n\n${statement}\n\n`)
  expect(foreignKeysIn(sql.join('\n'))).toEqual(keys)
  expect(foreignKeysIn('SELECT 1;\n')).toEqual([])
})
