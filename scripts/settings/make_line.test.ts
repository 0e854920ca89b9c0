import { expect, test } from 'vitest'
import { makeLineNames, strangersOnMakeLine } from './make_line.ts'

const on = (words: string) => ({ TOOLKIT_MAKE_LINE: words })

test('the names are those that the Makefile lists', () => {
  expect(makeLineNames(on(' LABEL  FORCE '))).toEqual(['LABEL', 'FORCE'])
  expect(makeLineNames({})).toEqual([])
})

test.each([
  ['an answer of this command', 'LABEL', []],
  ['a setting', 'PGPORT POSTGRES_HOST PGPASSWORD_FILE', []],
  ['of make, of the engine', 'SHELL MAKEFLAGS DOCKER DOCKER_HOST', []],
  ['a slip of the finger', 'LABLE', ['LABLE (make line) means nothing to this command; did you mean LABEL?']],
  ['an answer of another command', 'DAYS', ['DAYS (make line) means nothing to this command']],
  ['in small letters', 'label', ['label (make line) means nothing to this command']],
])('%s', (_, words, strangers) =>
  expect(strangersOnMakeLine(on(words), ['label', 'force'])).toEqual(strangers),
)
