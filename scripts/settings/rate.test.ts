import { describe, expect, test } from 'vitest'
import { rate } from './rate.ts'

describe('kB a second', () => {
  test.each([
    ['32', '32'],
    ['32k', '32k'],
    [' 10 M ', '10M'],
    ['1024M', '1024M'],
    ['1048576', '1048576'],
  ])('%j', (raw, value) => expect(rate.parse(raw)).toBe(value))

  test.each(['31', '1025M', '1048577', '10m', '10G', '1.5M', '-32', 'M', ''])('%j is refused', raw => {
    expect(() => rate.parse(raw)).toThrow('must be from 32 to 1048576 (kB a second), or with a unit: 10M')
  })
})
