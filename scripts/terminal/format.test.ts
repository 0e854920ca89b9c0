import { describe, expect, test } from 'vitest'
import { formatBytes, formatCount, formatDuration, formatTable } from './format.ts'

describe('bytes', () => {
  test.each([
    [0, '0B'],
    [1023, '1023B'],
    [1000 / 3, '333B'],
    [1024, '1.0kB'],
    [10.2 * 1024 ** 3, '10.2GB'],
    [99.9 * 1024, '99.9kB'],
    [100 * 1024, '100kB'],
    [480 * 1024 ** 2, '480MB'],
    [1024 ** 2, '1.0MB'],
    [1024 ** 5, '1.0PB'],
    [5000 * 1024 ** 5, '5000PB'],
    [-2048, '-2.0kB'],
  ])('%d is %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))
})

describe('a duration', () => {
  test.each([
    [0, '0.0 s'],
    [0.44, '0.4 s'],
    [9.94, '9.9 s'],
    [10, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 0 s'],
    [200, '3 min 20 s'],
    [3599.7, '1 h 0 min'],
    [7500, '2 h 5 min'],
    [86400, '1 d 0 h'],
    [4 * 86400 + 3 * 3600, '4 d 3 h'],
  ])('%d is %s', (seconds, text) => expect(formatDuration(seconds)).toBe(text))
})

test.each([
  [0, '0'],
  [1234567, '1,234,567'],
])('the count %d is %s', (count, text) => expect(formatCount(count)).toBe(text))

describe('a table', () => {
  test('is as wide as its longest cells, numbers to the right, nothing behind the last', () => {
    const rows = [
      ['first', '9', ''],
      ['a longer name', '1,000', 'ok'],
    ]
    expect(formatTable(['name', 'bytes', 'note'], rows, ['bytes']).split('\n')).toEqual([
      'name           bytes  note',
      '─────────────  ─────  ────',
      'first              9',
      'a longer name  1,000  ok',
    ])
  })

  test('shows what would move the cursor or change colours', () => {
    expect(formatTable(['label'], [['two\nlines \u001b[31m']])).toBe(
      'label\n───────────────\ntwo\ufffdlines \ufffd[31m',
    )
  })

  test('without rows is its headings', () => {
    expect(formatTable(['id', 'size'], [])).toBe('id  size\n──  ────')
  })

  test('takes a row that is too short', () => {
    expect(formatTable(['a', 'b'], [['1']])).toBe('a  b\n─  ─\n1')
  })
})
