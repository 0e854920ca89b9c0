import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { checks } from './list.ts'

/** The number of a check names its file, its documentation, its cases and what they are expected to find. */
const tests = join(import.meta.dirname, '../../test/checks')
const files = readdirSync(import.meta.dirname).filter(name => /^\d{4}_\w+\.ts$/.test(name))

test('every file is in the list, in the order of the numbers, and no number is used twice', () => {
  expect(checks.map(({ number, name }) => `${number}_${name}.ts`)).toEqual(files)
  expect(new Set(checks.map(({ number }) => number)).size).toBe(checks.length)
  expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length)
  expect(checks.length).toBeGreaterThanOrEqual(30)
})

describe.each(checks.map(check => [`${check.number}_${check.name}`, check] as const))('%s', (file, check) => {
  test('has cases on a real server, and what they find', () => {
    expect(existsSync(join(tests, 'cases', `${file}.ts`))).toBe(true)
    expect(existsSync(join(tests, 'expected', `${file}.txt`))).toBe(true)
  })

  test('says why it matters, how to mend it, and where that stands', () => {
    expect(check.title).toMatch(/^[A-Z].*[^.]$/)
    for (const text of [check.why, check.mend]) expect(text).toMatch(/^\S.{40,}[.:]$/s)
    expect(check.source).toMatch(/^https:\/\//)
    expect(check.needs.length).toBeGreaterThan(0)
    for (const { meaning, unit } of Object.values(check.thresholds ?? {})) {
      expect(meaning).not.toBe('')
      expect(unit).not.toBe('')
    }
  })
})
