import { describe, expect, test } from 'vitest'
import { chooseRange, type Extent, type Wish } from './range.ts'
import { parseWindow } from './window.ts'

const at = (text: string): number => Date.parse(`${text}Z`)
const week: Extent = {
  oldest: at('2026-01-24T12:00'),
  newest: at('2026-01-31T12:00'),
  now: at('2026-01-31T12:03'),
}
const shown = (wish: Omit<Wish, 'window'> & { window?: string }, extent: Extent) => {
  const { from, to, notes } = chooseRange({ ...wish, window: parseWindow(wish.window ?? '24h') }, extent)
  return [...[from, to].map(time => new Date(time).toISOString().slice(0, 16)), ...notes]
}

describe('a window', () => {
  test('ends now', () => {
    expect(shown({}, week)).toEqual(['2026-01-30T12:03', '2026-01-31T12:03'])
  })

  test('ends now while the newest row is in it, however old that is: one should see that nothing came', () => {
    expect(shown({}, { ...week, now: at('2026-02-01T11:00') })).toEqual([
      '2026-01-31T11:00',
      '2026-02-01T11:00',
    ])
  })

  test('ends at the newest row when that is older, as in a restored backup, and says so', () => {
    expect(shown({}, { ...week, now: at('2026-06-01T00:00') })).toEqual([
      ...['2026-01-30T12:00', '2026-01-31T12:00'],
      'The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.',
    ])
  })

  test('longer than the data shows what there is, and how much of it', () => {
    expect(shown({ window: '1000d' }, { ...week, now: at('2026-06-01T00:00') })).toEqual([
      ...['2026-01-24T12:00', '2026-01-31T12:00'],
      '7 of 1000 days: there are no older rows.',
    ])
  })

  test('longer than the data, which is older than it, says both', () => {
    expect(shown({ window: '30d' }, { ...week, now: at('2026-06-01T00:00') })).toEqual([
      ...['2026-01-24T12:00', '2026-01-31T12:00'],
      'The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.',
      '7 of 30 days: there are no older rows.',
    ])
  })

  test('says nothing of a few minutes that are missing', () => {
    expect(shown({ window: '7d' }, week)).toEqual(['2026-01-24T12:03', '2026-01-31T12:03'])
  })

  test('ends now though there are rows of the future', () => {
    expect(shown({}, { ...week, newest: at('2026-03-01T00:00') })).toEqual([
      '2026-01-30T12:03',
      '2026-01-31T12:03',
    ])
  })

  test('in which there is nothing, for all rows are of the future, is refused', () => {
    expect(() => shown({}, { ...week, now: at('2026-01-01T00:00') })).toThrow(
      'There is no data between 31 Dec 2025 00:00 and 1 Jan 2026 00:00 UTC; the newest row is of 31 Jan 2026 12:00 UTC.',
    )
  })

  test('of a single row', () => {
    const one = { oldest: week.newest, newest: week.newest, now: at('2026-06-01T00:00') }
    expect(shown({}, one)).toEqual([
      ...['2026-01-31T12:00', '2026-01-31T12:00'],
      'The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.',
      'less than a minute of 24 hours: there are no older rows.',
    ])
  })
})

describe('moments', () => {
  test('both', () => {
    const wish = { from: at('2026-01-25T00:00'), to: at('2026-01-26T00:00') }
    expect(shown(wish, week)).toEqual(['2026-01-25T00:00', '2026-01-26T00:00'])
  })

  test('the first alone: up to the newest row', () => {
    expect(shown({ from: at('2026-01-30T00:00') }, week)).toEqual(['2026-01-30T00:00', '2026-01-31T12:00'])
  })

  test('the last alone: a window before it', () => {
    expect(shown({ to: at('2026-01-30T00:00'), window: '2d' }, week)).toEqual([
      '2026-01-28T00:00',
      '2026-01-30T00:00',
    ])
  })

  test.each([
    ['before', '2025-01-01T00:00', '2025-01-02T00:00'],
    ['after', '2027-01-01T00:00', '2027-01-02T00:00'],
  ])('%s all rows are refused', (_, from, to) => {
    expect(() => shown({ from: at(from), to: at(to) }, week)).toThrow(
      /^There is no data between .*; the newest row is of 31 Jan 2026 12:00 UTC/,
    )
  })

  test('the last alone, with a window that is longer than the data before it', () => {
    expect(shown({ to: at('2026-01-26T12:00'), window: '7d' }, week)).toEqual([
      ...['2026-01-24T12:00', '2026-01-26T12:00'],
      '2 of 7 days: there are no older rows.',
    ])
  })

  test('the first alone, after all rows', () => {
    expect(() => shown({ from: at('2026-02-01T00:00') }, { ...week, now: at('2026-02-03T00:00') })).toThrow(
      'There is no data between 1 Feb 2026 00:00 and 3 Feb 2026 00:00',
    )
  })
})
