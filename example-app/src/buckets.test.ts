import { describe, expect, test } from 'vitest'
import { bucketsOf, chooseStep, mostBuckets } from './buckets.ts'

const day = 86_400_000
const until = Date.UTC(2026, 0, 31, 12)
const back = (milliseconds: number) => ({ from: until - milliseconds, to: until })

describe('the length of a bucket', () => {
  test.each([
    [day / 24, 60, 60],
    [day / 24, 30, 30],
    [day, 60, 300],
    [7 * day, 60, 1800],
    [30 * day, 60, 7200],
    [365 * day, 60, 86_400],
    [3650 * day, 60, 1_209_600],
    [36_500 * day, 60, 9_676_800],
  ])('of %d ms, with a row every %d seconds, is %d seconds', (span, every, step) =>
    expect(chooseStep(back(span), every)).toBe(step),
  )

  test('is such that there are never more buckets than a picture shows, and enough to see something', () => {
    for (let span = 60_000; span < 100 * 365 * day; span *= 1.3) {
      const count = bucketsOf(back(span), chooseStep(back(span), 1)).length
      expect(count).toBeLessThanOrEqual(mostBuckets + 2)
      if (span > 400_000) expect(count).toBeGreaterThan(mostBuckets / 4)
    }
  })
})

describe('the buckets', () => {
  test('begin at whole hours, days and Mondays, and cover both ends', () => {
    const iso = (step: number, span: number) =>
      bucketsOf(back(span), step).map(time => new Date(time).toISOString().slice(0, 16))
    expect(iso(3600, 7_000_000)).toEqual(['2026-01-31T10:00', '2026-01-31T11:00', '2026-01-31T12:00'])
    expect(iso(86_400, 2 * day)).toEqual(['2026-01-29T00:00', '2026-01-30T00:00', '2026-01-31T00:00'])
    // 19 and 26 January 2026 were Mondays.
    expect(iso(604_800, 7 * day)).toEqual(['2026-01-19T00:00', '2026-01-26T00:00'])
  })

  test('of a moment is one', () => expect(bucketsOf({ from: until, to: until }, 60)).toEqual([until]))

  test('before the year 2000 as well', () => {
    const from = Date.UTC(1999, 11, 31, 23, 30)
    expect(bucketsOf({ from, to: from + 3_600_000 }, 3600).map(time => new Date(time).toISOString())).toEqual(
      ['1999-12-31T23:00:00.000Z', '2000-01-01T00:00:00.000Z'],
    )
  })
})
