import { expect, test } from 'vitest'
import { coverage, parseWindow } from './window.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

test.each([
  ['90m', 90 * minute],
  ['24h', day],
  ['7d', 7 * day],
  ['52w', 364 * day],
  ['5200w', 36_400 * day],
])('%s', (text, milliseconds) => expect(parseWindow(text).milliseconds).toBe(milliseconds))

test.each(['', '24', 'h', '1.5h', '-1h', '0d', '24 h', '1y', '24H', '٣d', '5300w', `${'9'.repeat(400)}w`])(
  'refused: %s',
  text => expect(() => parseWindow(text)).toThrow(/no window of time|more than a hundred years/),
)

test.each([
  ['1000d', 7 * day, '7 of 1000 days'],
  ['7d', 3.44 * day, '3.4 of 7 days'],
  ['24h', 25 * minute, '25 minutes of 24 hours'],
  ['52w', 1 * day, '1 day of 52 weeks'],
  ['1d', 90 * minute, '1.5 hours of 1 day'],
  ['1h', 100, 'less than a minute of 1 hour'],
])('%s, of which there are %s ms', (window, covered, words) =>
  expect(coverage(parseWindow(window), covered)).toBe(words),
)
