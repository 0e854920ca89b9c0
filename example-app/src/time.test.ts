import { expect, test } from 'vitest'
import { clock, day, length, moment, parseMoment, weekday } from './time.ts'

test.each([
  ['2026-01-30', '2026-01-30T00:00:00.000Z'],
  ['2026-01-30T14:05', '2026-01-30T14:05:00.000Z'],
  ['2026-01-30 14:05:09', '2026-01-30T14:05:09.000Z'],
  ['2026-01-30T14:05Z', '2026-01-30T14:05:00.000Z'],
  ['2026-01-30T14:05:09.25+01:00', '2026-01-30T13:05:09.250Z'],
  ['2026-01-30T14:05-0330', '2026-01-30T17:35:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
])('%s is a moment, and without a zone it is UTC', (text, expected) =>
  expect(new Date(parseMoment(text) ?? Number.NaN).toISOString()).toBe(expected),
)

test.each([
  '',
  'now',
  '30.01.2026',
  '2026-1-30',
  '2026-02-30',
  '2026-13-01',
  '2026-01-30T25:00',
  '2026-01-30T',
  '2026-01-30Z',
])('“%s” is none', text => expect(parseMoment(text)).toBeUndefined())

test('moments in words', () => {
  const time = Date.UTC(2026, 0, 3, 4, 5)
  expect([clock(time), clock(time + 6000), day(time), weekday(time), moment(time)]).toEqual([
    '04:05',
    '04:05:06',
    '3 Jan 2026',
    'Sat 3 Jan 2026',
    '3 Jan 2026 04:05',
  ])
})

test.each([
  [1, '1 second'],
  [90, '90 seconds'],
  [60, '1 minute'],
  [300, '5 minutes'],
  [7200, '2 hours'],
  [86_400, '1 day'],
  [1_209_600, '2 weeks'],
])('%d seconds are %s', (seconds, words) => expect(length(seconds)).toBe(words))
