import { describe, expect, test } from 'vitest'
import { chartOf } from './testing.ts'
import { description, figuresOf, subtitle } from './words.ts'

describe('figures', () => {
  test.each([
    [[0.12345, -0.4], 0.12345, '0.12'],
    [[3.456], 3.456, '3.46'],
    [[24, -3.25], -3.25, '−3.3'],
    [[1234.5], 17.3, '17'],
    [[24], -0.01, '0.0'],
    [[1], 1, '1.00'],
  ])('of %j: %d is written %s', (values, value, words) => {
    expect(figuresOf(chartOf('lines', { a: values }))(value)).toBe(words)
  })
})

test('the picture in words', () => {
  const chart = chartOf(
    'lines',
    { Basel: [3, null, 20], Bern: [-1, -2, null], silent: [null] },
    { notes: ['A note.'] },
  )
  expect(description(chart)).toBe(
    'Line chart, 31 Jan 2026 12:00 to 12:02 UTC · each point is the mean of 1 minute. A note. ' +
      'Basel: from 3.0 to 20.0 °C, at the end 20.0; Bern: from −2.0 to −1.0 °C, at the end −2.0.',
  )
})

test('a range over several days names both', () => {
  const chart = chartOf('lines', { a: [1] }, { to: Date.UTC(2026, 1, 1, 9), step: 1800 })
  expect(subtitle(chart)).toBe(
    '31 Jan 2026 12:00 to 1 Feb 2026 09:00 UTC · each point is the mean of 30 minutes',
  )
})
