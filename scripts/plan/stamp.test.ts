import { describe, expect, test } from 'vitest'
import { momentAfter, orderAfter, stampOf } from './stamp.ts'

const now = new Date('2026-01-31T12:00:00.500Z')
const after = (...names: string[]) => stampOf(momentAfter(now, names))

describe('a stamp is later than every one that is there', () => {
  test.each([
    ['no other', [], '20260131_120000'],
    ['an older one', ['/d/postgres.before-restore-20250101_000000'], '20260131_120000'],
    ['one of this second', ['/d/postgres.before-restore-20260131_120000'], '20260131_120001'],
    ['one of the second before', ['p-20260131_115959'], '20260131_120000'],
    ['a later one: the clock was set back', ['p-20300228_235959', 'p-20260131_120000'], '20300301_000000'],
    [
      'names that carry none',
      ['p', 'p-20260131_12000', 'p-20261332_250000', 'p-20260131_120000.x'],
      '20260131_120000',
    ],
  ])('%s', (_, names, expected) => expect(after(...names)).toBe(expected))
})

describe('a new backup counts as the newest', () => {
  const moments = (...texts: string[]) => texts.map(text => new Date(text))
  test.each([
    ['the first', [], '2026-01-31T12:00:00.500Z'],
    ['after older ones', moments('2026-01-30', '2025-01-01'), '2026-01-31T12:00:00.500Z'],
    ['the clock was set back', moments('2026-02-01T12:00:00Z', '2025-01-01'), '2026-02-01T12:00:01.000Z'],
  ])('%s', (_, others, expected) => expect(orderAfter(now, others).toISOString()).toBe(expected))
})
