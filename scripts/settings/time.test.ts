import { describe, expect, test } from 'vitest'
import { isoTime } from './time.ts'

describe('a moment with its time zone', () => {
  test.each([
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31 12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2026-01-31T12:00:00.250-0530', '2026-01-31T17:30:00.250Z'],
    ['2026-01-31T12:00Z', '2026-01-31T12:00:00.000Z'],
    [' 2024-02-29T00:00:00Z ', '2024-02-29T00:00:00.000Z'],
    // As psql prints it.
    ['2026-11-20 19:18:28.589123+00', '2026-11-20T19:18:28.589Z'],
    ['2026-11-20 19:18:28-05', '2026-11-21T00:18:28.000Z'],
  ])('%j', (raw, expected) => expect(isoTime.parse(raw).toISOString()).toBe(expected))

  test.each([
    '2026-01-31T12:00:00',
    '2026-01-31',
    'yesterday',
    '',
    '2026-13-01T00:00:00Z',
    '2026-01-31T25:00:00Z',
    '2026-01-31T12:61:00Z',
    '2026-01-31T12:00:00 UTC',
    '2026-01-31T(noon)12:00:00Z',
    '31.01.2026 12:00:00Z',
    '2026-01-00T00:00:00Z',
  ])('%j is refused', raw => expect(() => isoTime.parse(raw)).toThrow('like 2026-01-31T12:00:00Z'))

  test.each(['2026-02-29T00:00:00Z', '2026-02-30T12:00:00Z', '2026-04-31T00:00:00+02:00'])(
    '%s is no day, and not the day after either',
    raw => expect(() => isoTime.parse(raw)).toThrow(),
  )
})
