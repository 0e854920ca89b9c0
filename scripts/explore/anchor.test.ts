import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anchorOf } from './anchor.ts'

describe('the anchor of a relation', () => {
  test.each([
    ['public.meteo', 'relation-public.meteo'],
    ['public.my_table-2', 'relation-public.my_table-2'],
    ['public."My Table"', 'relation-public.~22~My~20~Table~22~'],
    ['public."a|b\nc"', 'relation-public.~22~a~7c~b~a~c~22~'],
    ['public.größe', 'relation-public.gr~f6~~df~e'],
    ['public."🙂"', 'relation-public.~22~~1f642~~22~'],
  ])('of %j is %s', (id, anchor) => expect(anchorOf(id)).toBe(anchor))

  test('is safe in an address and in an attribute, and no two names share one', () => {
    const names = fc.string({ unit: 'binary', maxLength: 20 })
    fc.assert(
      fc.property(names, names, (a, b) => {
        expect(anchorOf(a)).toMatch(/^relation-[A-Za-z0-9._~-]*$/)
        expect(anchorOf(a) === anchorOf(b)).toBe(a === b)
      }),
    )
  })
})
