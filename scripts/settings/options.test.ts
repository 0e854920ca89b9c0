import { describe, expect, test } from 'vitest'
import { commonFlags, flagName } from './arguments.ts'
import { optionNames, optionOf } from './options.ts'
import { formatValue } from './value.ts'

const twice = (words: readonly string[]) => words.filter((word, i) => words.indexOf(word) !== i)

describe('the table of options', () => {
  test('no two have the same flag', () => {
    expect(twice([...optionNames.map(flagName), ...Object.keys(commonFlags).map(f => `--${f}`)])).toEqual([])
  })

  test('no two have the same name in the environment, but for BACKUP_DIR', () => {
    const names = optionNames.flatMap(name => [optionOf(name).env, ...optionOf(name).aliases])
    expect(twice(names)).toEqual(['BACKUP_DIR'])
  })

  test.each(optionNames.map(name => [name, optionOf(name)] as const))('%s', (_, option) => {
    expect(option.env).toMatch(/^[A-Z][A-Z0-9_]*$/)
    expect(option.summary).toMatch(/\.$/)
    // What the documents say is the default is accepted when somebody types it.
    if (option.default === undefined || typeof option.default === 'function') return
    expect(option.type.parse(formatValue(option.default))).toEqual(option.default)
  })
})
