import { describe, expect, test } from 'vitest'
import { shortened, spread, textWidth, wrapped } from './text.ts'

test('what is too long is cut, whole characters only', () => {
  expect(shortened('Jungfraujoch', 12, 200)).toBe('Jungfraujoch')
  expect(shortened('Jungfraujoch', 12, 50)).toBe('Jungf…')
  expect(shortened('😀😀😀😀', 10, 33)).toBe('😀😀…')
  expect(shortened('x', 10, 0)).toBe('…')
})

test('lines are as long as they may be', () => {
  const lines = wrapped('The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.', 10, 200)
  expect(lines.join(' ')).toBe('The newest row is of 31 Jan 2026 12:00 UTC: the window ends there.')
  for (const line of lines) expect(textWidth(line, 10)).toBeLessThanOrEqual(200)
})

describe('labels', () => {
  test.each([
    ['with room stay where they want to be', [10, 50, 90], [10, 50, 90]],
    ['that would touch are moved apart', [50, 52, 54], [50, 60, 70]],
    ['keep the order of their lines', [54, 50, 52], [70, 50, 60]],
    ['at the bottom move up', [95, 99, 100], [80, 90, 100]],
    ['above the top move down', [-20, -30], [10, 0]],
    ['of the same height keep the order of the series', [50, 50], [50, 60]],
  ])('%s', (_, wanted, places) => expect(spread(wanted, 10, 0, 100)).toEqual(places))

  test('never touch where there is room for all', () => {
    for (let run = 0; run < 500; run += 1) {
      const wanted = Array.from({ length: 8 }, () => Math.random() * 120 - 10)
      const places = spread(wanted, 12, 0, 100).sort((a, b) => a - b)
      for (const [at, place] of places.entries()) {
        expect(place).toBeGreaterThanOrEqual(-1e-9)
        expect(place).toBeLessThanOrEqual(100)
        if (at > 0) expect(place - (places[at - 1] ?? 0)).toBeGreaterThan(12 - 1e-9)
      }
    }
  })
})
