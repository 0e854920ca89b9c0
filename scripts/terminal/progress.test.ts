import { describe, expect, test } from 'vitest'
import { createProgress, progressLine } from './progress.ts'

const GB = 1024 ** 3

describe('a line of progress', () => {
  test.each<[string, Parameters<typeof progressLine>, string]>([
    ['in the middle', [1 * GB, 2 * GB, 10], '50%  1.0GB of 2.0GB  102MB/s, 10 s left'],
    ['at the beginning nobody knows', [0, 2 * GB, 0], '0%  0B of 2.0GB  …'],
    ['too early for a guess', [1 * GB, 2 * GB, 0.5], '50%  1.0GB of 2.0GB  2.0GB/s'],
    ['at the end nothing is left', [2 * GB, 2 * GB, 20], '100%  2.0GB of 2.0GB  102MB/s'],
    ['never more than all', [3 * GB, 2 * GB, 30], '100%  3.0GB of 2.0GB  102MB/s'],
    ['nearly all is not all', [1999, 2000, 2], '99%  2.0kB of 2.0kB  1000B/s, 0.0 s left'],
    ['of a total that nobody knows', [1 * GB, 0, 10], '1.0GB  102MB/s'],
    [
      'with a note',
      [1024, 2048, 2, { note: '3/6 files' }],
      '50%  3/6 files  1.0kB of 2.0kB  512B/s, 2.0 s left',
    ],
    ['of rows', [5000, 10000, 10, { unit: 'rows' }], '50%  5,000 rows of 10,000 rows  500 rows/s, 10 s left'],
  ])('%s', (_, parameters, line) => expect(progressLine(...parameters)).toBe(line))
})

test('progress that nobody wants is silent', async () => {
  const progress = await createProgress('Saving', false)
  expect(() => {
    progress.update(1, 2)
    progress.stop()
  }).not.toThrow()
})
