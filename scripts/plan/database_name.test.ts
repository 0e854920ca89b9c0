import { describe, expect, test } from 'vitest'
import { nameBeside } from './database_name.ts'

const suffix = '_before_restore_20240502_101112'
describe('a name beside that of a database', () => {
  test.each([
    ['shop', { prefix: 'toolkit_restoring_' }, 'toolkit_restoring_shop'],
    ['a "b"', { suffix }, `a "b"${suffix}`],
    ['x'.repeat(63 - suffix.length), { suffix }, `${'x'.repeat(63 - suffix.length)}${suffix}`],
  ])('%s', (name, beside, expected) => {
    expect(nameBeside(name, beside)).toBe(expected)
  })

  test.each(['x', 'ü', '😀', '✓'])('never longer than the server takes: %s', character => {
    for (let length = 1; length <= 63; length += 1) {
      const name = nameBeside(character.repeat(length), { prefix: 'toolkit_restoring_' })
      expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63)
      expect(name).not.toContain('\u{fffd}')
    }
  })

  test('two long names that begin alike get two names', () => {
    const [a, b] = ['a', 'b'].map(end => nameBeside(`${'x'.repeat(62)}${end}`, { suffix }))
    expect(a).not.toBe(b)
    expect(a).toMatch(/^x+~[0-9a-f]{8}_before_restore_20240502_101112$/)
  })
})
