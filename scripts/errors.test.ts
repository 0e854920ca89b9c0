import { expect, describe as group, test } from 'vitest'
import { describe, exitCodeOf, exitCodes, explain, ToolkitError } from './errors.ts'

const systemError = (code: string) => Object.assign(new Error(`${code}: no`), { code })

test('the numbers are a contract with cron jobs and monitoring', () => {
  expect(Object.fromEntries(Object.entries(exitCodes).map(([kind, { code }]) => [kind, code]))).toEqual({
    success: 0,
    connection: 1,
    space: 2,
    verification: 3,
    usage: 4,
    prerequisite: 5,
    locked: 6,
    partial: 7,
    failed: 8,
    findings: 9,
    defect: 70,
    interrupted: 130,
  })
})

group('what was thrown and the exit code', () => {
  test.each<[string, unknown, number]>([
    ['an error of ours keeps its kind', new ToolkitError('locked', { what: 'Wait.' }), 6],
    ['an abort', AbortSignal.abort().reason, 130],
    ['a full disk', systemError('ENOSPC'), 2],
    ['no permission', systemError('EACCES'), 5],
    ['not permitted', systemError('EPERM'), 5],
    ['a read-only disk', systemError('EROFS'), 5],
    ['any other error of the system', systemError('EMFILE'), 70],
    ['a programming error', new TypeError('x is not a function'), 70],
    ['no error at all', 'a string', 70],
    ['nothing', undefined, 70],
  ])('%s', (_, thrown, code) => expect(exitCodeOf(thrown)).toBe(code))
})

test('an error of ours is passed on as it is', () => {
  const error = new ToolkitError('usage', { what: 'No.' })
  expect(explain(error)).toBe(error)
})

test('a defect says where it happened and keeps its cause', () => {
  const cause = new TypeError('x is not a function')
  const error = explain(cause)
  expect(error.message).toBe('A defect in the toolkit: x is not a function')
  expect(error.why).toContain('errors.test.ts')
  expect(error.cause).toBe(cause)
})

group('what, why, HINT', () => {
  test('each under the other, further lines indented', () => {
    const error = new ToolkitError('usage', { what: 'Which one?', why: 'a\nb', hint: 'Name one:\nmake list' })
    expect(describe(error)).toBe(
      ['error: Which one?', '       a', '       b', 'HINT:  Name one:', '       make list'].join('\n'),
    )
  })

  test('nothing is printed for what is not known', () => {
    expect(describe(new ToolkitError('failed', { what: 'No.' }))).toBe('error: No.')
  })
})
