import { describe, expect, test } from 'vitest'
import { comment, enumerate, plural, quoteIdent, quoteLiteral } from './words.ts'

describe('words', () => {
  test.each([
    ['orders', 'orders'],
    ['user', '"user"'],
    ['Orders', '"Orders"'],
    ['1st', '"1st"'],
    ['a"b', '"a""b"'],
    ['a b', '"a b"'],
    ['naïve', '"naïve"'],
    ['', '""'],
  ])('the name %s is written %s', (name, sql) => expect(quoteIdent(name)).toBe(sql))

  test.each([
    ["it's", "'it''s'"],
    ['a\\b', "E'a\\\\b'"],
  ])('the string %s is written %s', (text, sql) => expect(quoteLiteral(text)).toBe(sql))

  test('nothing breaks out of a comment', () => {
    expect(comment('a\nDROP TABLE b;\r\nc\rd')).toBe('-- a\n-- DROP TABLE b;\n-- c\n-- d')
  })

  test('counts and lists', () => {
    expect([plural(1, 'row'), plural(1234, 'row'), plural(0, 'index', 'indexes')]).toEqual([
      '1 row',
      '1,234 rows',
      '0 indexes',
    ])
    expect([enumerate([]), enumerate(['a']), enumerate(['a', 'b']), enumerate(['a', 'b', 'c'])]).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
    ])
  })
})
