import { describe, expect, test } from 'vitest'
import { cloneOptions } from '../operations/clone_words.ts'
import { dumpOptions } from '../operations/dump_words.ts'
import { restoreDumpOptions } from '../operations/restore_dump_words.ts'
import { restoreOptions } from '../operations/restore_words.ts'
import { saveOptions } from '../operations/save_words.ts'
import { commonFlags, flagName } from './arguments.ts'
import { optionNames, optionOf } from './options.ts'
import { formatValue } from './value.ts'

const twice = (words: readonly string[]) => words.filter((word, i) => words.indexOf(word) !== i)

describe('the table of options', () => {
  test('two commands may have answers of one name, and no command has two', () => {
    const names = optionNames.flatMap(name => [optionOf(name).env, ...optionOf(name).aliases])
    expect(twice(names)).toEqual(['FORMAT', 'BACKUP_DIR', 'TARGET'])
    expect(twice(optionNames.map(flagName))).toEqual(['--format', '--target'])
    for (const taken of [saveOptions, dumpOptions, restoreOptions, restoreDumpOptions, cloneOptions])
      expect(twice([...taken.map(flagName), ...Object.keys(commonFlags).map(f => `--${f}`)])).toEqual([])
  })

  test.each(optionNames.map(name => [name, optionOf(name)] as const))('%s', (_, option) => {
    expect(option.env).toMatch(/^[A-Z][A-Z0-9_]*$/)
    expect(option.summary).toMatch(/\.$/)
    // What the documents say is the default is accepted when somebody types it.
    if (option.default === undefined || typeof option.default === 'function') return
    expect(option.type.parse(formatValue(option.default))).toEqual(option.default)
  })
})
