import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { ToolkitError } from '../../errors.ts'
import { type Check, check } from '../checks/check.ts'
import { checks as allChecks } from '../checks/list.ts'
import { withhold } from '../values.ts'
import { defaultConfig, type ExploreConfig, readExploreConfig } from './config.ts'

const folder = mkdtempSync(join(tmpdir(), 'explore-config-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'explore.yaml')

const words = { severity: 'notice', why: '', mend: '', source: '', needs: [], find: () => [] } as const
const checks: Check[] = [
  check({
    ...words,
    number: '0201',
    name: 'unused_index',
    title: 'Unused index',
    thresholds: {
      days: { default: 35, unit: 'days', meaning: '' },
      bytes: { default: 1024 ** 2, unit: 'bytes', meaning: '' },
      percent: { default: 50, unit: '%', meaning: '' },
    },
  }),
  check({ ...words, number: '0205', name: 'invalid_index', title: 'Invalid index' }),
]
const read = (content: string, known = checks): Promise<ExploreConfig> => {
  writeFileSync(file, content)
  return readExploreConfig(file, known)
}
const problemsOf = async (content: string): Promise<string[]> => {
  const error = await read(content).catch(e => e)
  expect(error).toBeInstanceOf(ToolkitError)
  expect(error.kind).toBe('usage')
  return error.why.split('\n')
}

describe('explore.yaml', () => {
  test.each(['', '# only words', 'checks:\n', 'memory:\nsensitive:\n', '{}'])(
    '%j says nothing',
    async content => {
      expect(await read(content)).toEqual(defaultConfig())
    },
  )
  test('there need not be one', async () => {
    expect(await readExploreConfig(undefined, checks)).toEqual(defaultConfig())
  })

  test.each<[string, ExploreConfig['checks']]>([
    ['checks: { "0201": off }', { '0201': false }],
    ['checks: { 0201: off }', { '0201': false }],
    ['checks: { 201: false }', { '0201': false }],
    ['checks: { unused_index: Off, invalid_index: no }', { '0201': false, '0205': false }],
    ['checks: { unused_index: on, "0205": }', {}],
    [
      'checks:\n  unused_index:\n    days: 60\n    bytes: 10MB',
      { '0201': { days: 60, bytes: 10 * 1024 ** 2 } },
    ],
    [
      'checks: { "0201": { days: 0.5, percent: 100, bytes: 0 } }',
      { '0201': { days: 0.5, percent: 100, bytes: 0 } },
    ],
    ['{"checks": {"0201": {"days": 60}, "0205": false}}', { '0201': { days: 60 }, '0205': false }],
  ])('%j', async (content, expected) => {
    expect((await read(content)).checks).toEqual(expected)
  })

  test.each([
    ['16GB', 16 * 1024 ** 3],
    ['1.5 TB', 1.5 * 1024 ** 4],
    ['512mb', 512 * 1024 ** 2],
    ['8GiB', 8 * 1024 ** 3],
    ['17179869184', 16 * 1024 ** 3],
  ])('memory: %s', async (text, bytes) => expect((await read(`memory: ${text}`)).memoryBytes).toBe(bytes))

  test('the other settings', async () => {
    const config = await read('fail_on: warning\nhide_values: true\nexclude_schemas: [a, "B c"]')
    expect(config).toMatchObject({ failOn: 'warning', excludeSchemas: ['a', 'B c'] })
    expect(config.discretion.hideAll).toBe(true)
    expect((await read('exclude_schemas: scratch')).excludeSchemas).toEqual(['scratch'])
  })

  test('names of columns whose values are withheld, beside the usual ones', async () => {
    const { discretion } = await read('sensitive: [customer_*, "a.b(c"]')
    const isWithheld = (name: string): boolean => {
      const statistics = { null_share: 0, distinct: 1, average_width: 4, common_values: [], withheld: false }
      return withhold({ name, statistics } as never, discretion).statistics?.withheld === true
    }
    for (const name of ['customer_no', 'CUSTOMER_\n', 'a.b(c', 'password'])
      expect(isWithheld(name)).toBe(true)
    for (const name of ['my_customer_no', 'axb(c', 'city']) expect(isWithheld(name)).toBe(false)
  })

  test.each([
    ['cheks: {}', 'cheks: there is no such setting; did you mean checks?'],
    ['__proto__: 1', '__proto__: there is no such setting'],
    ['checks: { 0202: off }', 'checks.202: there is no such check; did you mean 0201 (unused_index)?'],
    [
      'checks: { unused_indx: off }',
      'checks.unused_indx: there is no such check; did you mean 0201 (unused_index)?',
    ],
    ['checks: { "0210": off }', 'checks.0210: there is no such check; did you mean 0201 (unused_index)?'],
    [
      'checks: { "0201": off, unused_index: on }',
      'checks.unused_index: check 0201 (unused_index) is named twice',
    ],
    ['checks: { "0201": 60 }', 'checks.0201: must be off, on, or thresholds, not “60”'],
    ['checks: [unused_index]', 'checks: must say something of each check by its number or name, not a list'],
    [
      'checks: { "0201": { day: 60 } }',
      'checks.0201.day: check 0201 has no such threshold (it has days, bytes, percent); did you mean days?',
    ],
    ['checks: { "0205": { days: 60 } }', 'checks.0205.days: check 0205 has no such threshold (it has none)'],
    [
      'checks: { "0201": { constructor: 1 } }',
      'checks.0201.constructor: check 0201 has no such threshold (it has days, bytes, percent)',
    ],
    ['checks: { "0201": { days: -1 } }', 'checks.0201.days: must be a number, 0 or more (days), not “-1”'],
    [
      'checks: { "0201": { days: .inf } }',
      'checks.0201.days: must be a number, 0 or more (days), not “Infinity”',
    ],
    ['checks: { "0201": { days: .nan } }', 'checks.0201.days: must be a number, 0 or more (days), not “NaN”'],
    [
      'checks: { "0201": { days: a lot } }',
      'checks.0201.days: must be a number, 0 or more (days), not “a lot”',
    ],
    ['checks: { "0201": { days: }}', 'checks.0201.days: must be a number, 0 or more (days), not nothing'],
    [
      'checks: { "0201": { percent: 101 } }',
      'checks.0201.percent: must be a number from 0 to 100 (%), not “101”',
    ],
    ['checks: { "0201": { bytes: 10XB } }', 'checks.0201.bytes: must be a size as 10MB or 2GB, not “10XB”'],
    ['memory: lots', 'memory: must be a size of at least 1MB, as 16GB, not “lots”'],
    ['memory: 16', 'memory: must be a size of at least 1MB, as 16GB, not “16”'],
    [
      'fail_on: warnings',
      'fail_on: must be critical, warning, notice, not “warnings”; did you mean warning?',
    ],
    ['hide_values: maybe', 'hide_values: must be true or false, not “maybe”'],
    ['sensitive: [1]', 'sensitive: must be a list of names, not “1”'],
    ['exclude_schemas: { a: b }', 'exclude_schemas: must be a list of names, not a mapping'],
    ['just words', 'it must have lines as “memory: 16GB”, and is “just words”'],
  ])('%j is refused', async (content, problem) => expect(await problemsOf(content)).toEqual([problem]))

  test('tells all mistakes at once', async () => {
    expect(await problemsOf('memory: no\nfail_on: 7\nchecks: { 0001: off }')).toHaveLength(3)
  })

  test.each(['a: [', 'a: 1\na: 2', '\ta: 1', 'a: *b', '--- 1\n--- 2', 'a: !!js/function x'])(
    '%j is not YAML',
    async content => {
      const error = await read(content).catch(e => e)
      expect(error).toMatchObject({ kind: 'usage', message: `The configuration ${file} is not YAML.` })
      expect(error.why).toBeTruthy()
    },
  )

  test.each([join(folder, 'none.yaml'), folder])('there is none at %s', async path => {
    await expect(readExploreConfig(path, checks)).rejects.toMatchObject({
      kind: 'usage',
      message: `There is no configuration at ${path}.`,
    })
  })

  test('whatever stands in it is understood or refused, and nothing else', async () => {
    const line = fc.constantFrom(
      'checks:',
      '  0201: off',
      '    days: 3',
      '- a',
      'memory: 1GB',
      '"',
      '{',
      '&a *a',
      '\t',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 6 }), async lines => {
        const error = await read(lines.join('\n')).catch(e => e)
        if (error instanceof Error) expect(error).toBeInstanceOf(ToolkitError)
      }),
    )
  })
})

describe('db/config/explore.yaml', () => {
  const committed = join(import.meta.dirname, '../../../db/config/explore.yaml')
  test('says nothing as it is: everything is as without it', async () => {
    expect(await readExploreConfig(committed, allChecks)).toEqual(defaultConfig())
  })
  test('has examples of everything, which are understood, and name checks and thresholds that there are', async () => {
    const examples = readFileSync(committed, 'utf8').replace(/^#(?=\S| {2,}[\w"-])/gm, '')
    const config = await read(examples, [...allChecks])
    expect(config).toMatchObject({
      checks: { '0205': false, '0201': { days: 60, bytes: 10 * 1024 ** 2 } },
      memoryBytes: 16 * 1024 ** 3,
      failOn: 'warning',
      excludeSchemas: ['scratch'],
    })
    expect(config.discretion.hideAll).toBe(true)
    expect(config.discretion.sensitive.length).toBe(defaultConfig().discretion.sensitive.length + 2)
  })
})
