import { expect, test } from 'vitest'
import { isExcerptOf } from './excerpt.ts'

const source = `import { a } from './a.ts'

export function b() {
  if (a) {
    a()

    return 1
  }
  return 2
}
`

test.each([
  ['a line', "import { a } from './a.ts'"],
  ['lines with less indentation', 'if (a) {\n  a()\n\n  return 1\n}'],
  ['lines with more indentation', '    export function b() {\n      if (a) {'],
  ['with lines left out', 'export function b() {\n  …\n  return 2\n}'],
  ['with lines left out, in a comment', 'if (a) {\n  // …\n}\nreturn 2'],
  ['with empty ends', '\na()\n\n'],
])('an excerpt: %s', (_, excerpt) => expect(isExcerptOf(excerpt, source)).toBe(true))

test.each([
  ['another word', 'return 3'],
  ['a part of a line', 'import { a }'],
  ['lines left out without a word', 'if (a) {\n  return 1'],
  ['another order', 'return 2\n…\nreturn 1'],
  ['inner indentation', 'if (a) {\na()'],
  ['the parts indented differently', 'if (a) {\n…\nreturn 1'],
  ['nothing but dots', '…'],
  ['nothing', ''],
])('no excerpt: %s', (_, excerpt) => expect(isExcerptOf(excerpt, source)).toBe(false))
