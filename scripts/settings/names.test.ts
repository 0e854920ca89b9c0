import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holds, property } from '../test/helpers/fuzz.ts'
import { nameMatches, names } from './names.ts'

const partsOf = (text: string) => names.parse(text).map(({ parts }) => parts.map(part => part.text))

test.each<[string, string[][]]>([
  ['orders', [['orders']]],
  ['shop.orders', [['shop', 'orders']]],
  [' a , b.c ,d', [['a'], ['b', 'c'], ['d']]],
  ['"Odd, name"', [['Odd, name']]],
  ['"a.b"."c""d"', [['a.b', 'c"d']]],
  ['public."x y",z', [['public', 'x y'], ['z']]],
  ['two words', [['two words']]],
  ['größe.表', [['größe', '表']]],
  ['"line\nend"', [['line\nend']]],
  ["it's; --", [["it's; --"]]],
  ['""', [['']]],
])('%j', (text, parts) => {
  expect(partsOf(text)).toEqual(parts)
})

test.each([
  ['', /^must be names/],
  [' ', /^must be names/],
  [',a', /^must be names/],
  ['a,', /^must be names/],
  ['a,,b', /^must be names/],
  ['.a', /^must be names/],
  ['a.', /^must be names/],
  ['a..b', /^must be names/],
  ['a.b.c', /^must be names of at most two parts/],
  ['"a', /^must be names/],
  ['a"b', /^is not a list of names from “"b” on$/],
  ['"a"b', /^is not a list of names from “b” on$/],
  ['"a" "b"', /^is not a list of names from “"b"” on$/],
])('%j is refused', (text, words) => {
  expect(() => names.parse(text)).toThrow(words)
})

test('what was typed is kept for messages', () => {
  expect(names.parse(' a , "b c".d ').map(({ text }) => text)).toEqual(['a', '"b c".d'])
})

describe('a pattern', () => {
  test.each([
    ['*', 'anything', true],
    ['log_*', 'log_', true],
    ['log_*', 'Log_1', false],
    ['lo?', 'log', true],
    ['lo?', 'lo', false],
    ['lo?', 'lo🐘', true],
    ['a*', 'a\nb', true],
    ['a+(b)[c]*', 'a+(b)[c]d', true],
    ['a.c', 'abc', false],
    ['"log_*"', 'log_1', false],
    ['"log_*"', 'log_*', true],
    ['log', 'log_1', false],
  ])('%s and %j: %s', (text, name, matches) => {
    const [part] = names.parse(text)[0]?.parts.slice(-1) ?? []
    if (text === 'a.c') expect(nameMatches({ text, quoted: false }, name)).toBe(matches)
    else expect(part && nameMatches(part, name)).toBe(matches)
  })
})

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`
const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })

describe('in double quotes', () => {
  property('every name comes back, and is meant by nothing but itself', () =>
    holds(fc.array(fc.tuple(name, name), { minLength: 1, maxLength: 4 }), pairs => {
      const text = pairs.map(([schema, table]) => `${quoted(schema)}.${quoted(table)}`).join(', ')
      const parsed = names.parse(text)
      expect(parsed.map(({ parts }) => parts.map(part => part.text))).toEqual(pairs)
      for (const part of parsed.flatMap(({ parts }) => parts)) {
        expect(nameMatches(part, part.text)).toBe(true)
        expect(nameMatches(part, `${part.text}x`)).toBe(false)
      }
    }),
  )
})
