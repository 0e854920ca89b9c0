import { describe, expect, test } from 'vitest'
import { isSegmentOf, parseLsn, walSegments } from './lsn.ts'

const MB = 1024 * 1024
const format = (lsn: bigint): string =>
  `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`

describe('a WAL location', () => {
  test.each([
    ['0/0', 0n],
    ['0/3000028', 0x3000028n],
    ['1/0', 0x1_0000_0000n],
    ['A/fe000001', 0xa_fe00_0001n],
    ['FFFFFFFF/FFFFFFFF', 0xffff_ffff_ffff_ffffn],
  ])('%s', (text, value) => expect(parseLsn(text)).toBe(value))

  test.each(['', '0', '0/', '/0', '0/3000028 ', '0/G', '100000000/0', '0/100000000', '0-3', '0/1/2'])(
    '%j is none',
    text => {
      expect(() => parseLsn(text)).toThrow(`not a WAL location: ${text}`)
    },
  )

  test('reads back, bit by bit', () => {
    for (let bit = 0n; bit < 64n; bit++) {
      for (const lsn of [1n << bit, (1n << bit) - 1n]) expect(parseLsn(format(lsn))).toBe(lsn)
    }
  })
})

describe('the segments of a stretch of WAL', () => {
  test.each<[string, number, string, string, number, string[]]>([
    ['one', 1, '0/2000028', '0/2000120', 16 * MB, ['000000010000000000000002']],
    ['its end is not part of it', 1, '0/2000028', '0/3000000', 16 * MB, ['000000010000000000000002']],
    [
      'one byte more is',
      1,
      '0/2000028',
      '0/3000001',
      16 * MB,
      ['000000010000000000000002', '000000010000000000000003'],
    ],
    [
      'over the end of a log of 4 GB',
      255,
      '0/FF000028',
      '1/10',
      16 * MB,
      ['000000FF00000000000000FF', '000000FF0000000100000000'],
    ],
    ['of 1 MB', 1, '0/2FFFFF', '0/300001', 1 * MB, ['000000010000000000000002', '000000010000000000000003']],
    [
      'of 1 MB, over the end',
      1,
      '0/FFFFFFFF',
      '1/1',
      1 * MB,
      ['000000010000000000000FFF', '000000010000000100000000'],
    ],
    [
      'of 1 GB, of which a log has four',
      1,
      '0/C0000000',
      '1/40000001',
      1024 * MB,
      ['000000010000000000000003', '000000010000000100000000', '000000010000000100000001'],
    ],
    ['of nothing', 1, '0/2000000', '0/2000000', 16 * MB, []],
  ])('%s', (_, timeline, start, end, bytes, names) => {
    expect([...walSegments(timeline, start, end, bytes)]).toEqual(names)
  })

  // SELECT pg_walfile_name(…) of PostgreSQL 17.
  test.each([
    ['0/3000028', '000000010000000000000003'],
    ['0/FFFFFFFF', '0000000100000000000000FF'],
    ['A/FE000001', '000000010000000A000000FE'],
  ])('%s is in %s', (lsn, name) => {
    expect([...walSegments(1, lsn, format(parseLsn(lsn) + 1n), 16 * MB)]).toEqual([name])
  })

  test('are as many as the distance says, each once and in order', () => {
    for (let first = 0n; first < 600n; first += 37n) {
      const start = (first << 24n) + 40n
      const names = [...walSegments(3, format(start), format(start + (20n << 24n)), 16 * MB)]
      expect(names).toHaveLength(21)
      expect([...new Set(names)].sort()).toEqual(names)
    }
  })
})

test('a name is told from those of the range by its number', () => {
  const range = { timeline: 2, startLsn: '0/3000028', endLsn: 'A/2000000' }
  const names = [...walSegments(2, range.startLsn, range.endLsn, 16 << 20)]
  expect(names.every(name => isSegmentOf(range, name, 16 << 20))).toBe(true)
  const others = [
    '000000020000000000000002',
    '000000020000000A00000002',
    '000000010000000000000003',
    '00000002.history',
    '',
  ]
  expect(others.filter(name => isSegmentOf(range, name, 16 << 20))).toEqual([])
})
