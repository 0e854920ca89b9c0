import { expect, test } from 'vitest'
import { compareCounts, compareHashes } from './compare_counts.ts'

test.each<[string, Record<string, number>, Record<string, number>, string[]]>([
  ['the same', { 'public.a': 1 }, { 'public.a': 1 }, []],
  [
    'fewer',
    { 'public.orders': 100 },
    { 'public.orders': 90 },
    ['table public.orders has 90 rows instead of 100'],
  ],
  ['more', { 'public.orders': 0 }, { 'public.orders': 1 }, ['table public.orders has 1 row instead of 0']],
  ['none of it', { 'public.a': 0 }, {}, ['table public.a is missing']],
  ['another', {}, { 'public.a': 3 }, ['table public.a was not there before']],
])('rows: %s', (_, before, after, lines) => expect(compareCounts(before, after)).toEqual(lines))

test('rows of very many tables', () => {
  const many = (rows: number) =>
    Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`public.t${i}`, rows]))
  const lines = compareCounts(many(1), many(2))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)).toBe('… and 30 more tables')
})

test('contents: as many rows may be other rows', () => {
  const a = {
    same: { rows: 1, hash: '5' },
    other: { rows: 2, hash: '5' },
    fewer: { rows: 3, hash: '5' },
    gone: { rows: 1, hash: '1' },
  }
  const b = { same: { rows: 1, hash: '5' }, other: { rows: 2, hash: '6' }, fewer: { rows: 1, hash: '6' } }
  expect(compareHashes(a, b)).toEqual([
    'table gone is missing',
    'table fewer has 1 row instead of 3',
    'table other has other values in its 2 rows',
  ])
})
