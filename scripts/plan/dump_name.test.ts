import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isDumpId } from '../catalog/dump.ts'
import { holds, property } from '../test/helpers/fuzz.ts'
import { dumpId, fileWord } from './dump_name.ts'

const now = new Date('2026-01-31T23:59:58.999Z')

test.each([
  ['shop', 'shop'],
  ['größe-表_2.0', 'größe-表_2.0'],
  ['a b', 'a%20b'],
  ['a/b\\c', 'a%2Fb%5Cc'],
  ['..', '%2E.'],
  ['.hidden', '%2Ehidden'],
  ['say "hi"', 'say%20%22hi%22'],
  ["it's", 'it%27s'],
  ['100%', '100%25'],
  ['a%20b', 'a%2520b'],
  ['line\nend', 'line%0Aend'],
  ['🐘', '%F0%9F%90%98'],
  ['a~b', 'a%7Eb'],
])('%j is %s in a file name', (name, word) => {
  expect(fileWord(name)).toBe(word)
})

test('an id has the database, the environment and the moment in UTC', () => {
  expect(dumpId('shop', 'dev', new Date('2026-02-01T00:30:00+02:00'))).toBe('shop_dev_2026-01-31T22-30-00Z')
  expect(dumpId('a b', 'x/y', now)).toBe('a%20b_x%2Fy_2026-01-31T23-59-58Z')
})

describe('names that are too long', () => {
  const long = 'ü'.repeat(45)
  test('of 90 bytes one is kept, a longer one is cut and gets its hash', () => {
    expect(fileWord(long)).toBe(long)
    expect(fileWord(`${long}a`)).toMatch(/^ü+~[0-9a-f]{8}$/)
    expect(fileWord(`${long}a`)).not.toBe(fileWord(`${long}b`))
  })

  test('a percent code is never cut in two', () => {
    for (let n = 60; n < 90; n += 1)
      expect(fileWord(`${'a'.repeat(n)}${'/'.repeat(20)}`)).toMatch(/^a+(%2F)*~[0-9a-f]{8}$/)
  })
})

/** The longest that is put behind an id, for a moment. */
const longestEnding = '.metadata.json.partial'
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 70 }).filter(text => !/\0/.test(text))

describe('whatever a database is called', () => {
  property('its dump has a file name that every file system takes, and that is known as one of ours', () =>
    holds(fc.tuple(name, name), ([database, environment]) => {
      const id = dumpId(database, environment, now)
      expect(Buffer.byteLength(`${id}${longestEnding}`)).toBeLessThanOrEqual(255)
      expect(id).not.toMatch(/^\.|[/\0\s"'\\$`]/)
      expect(isDumpId(id)).toBe(true)
    }),
  )

  property('two names are two files', () =>
    holds(fc.tuple(name, name), ([one, other]) => {
      if (one !== other) expect(fileWord(one)).not.toBe(fileWord(other))
    }),
  )
})
