import { describe, expect, test } from 'vitest'
import { nearest, parseArguments } from './arguments.ts'
import type { OptionName } from './options.ts'

const allowed: OptionName[] = [
  'host',
  'password',
  'label',
  'backupDir',
  'compress',
  'lines',
  'dryRun',
  'force',
]
const parse = (argv: string[], positional?: OptionName) => {
  const { flags, common } = parseArguments(argv, allowed, positional)
  return { ...Object.fromEntries(flags), common: [...common] }
}

describe('flags', () => {
  test.each<[string[], Record<string, unknown>]>([
    [[], { common: [] }],
    [['--label', 'before the upgrade'], { label: 'before the upgrade', common: [] }],
    [['--label=a=b'], { label: 'a=b', common: [] }],
    [['--label='], { label: '', common: [] }],
    [['--label=-x'], { label: '-x', common: [] }],
    [['--label', '-'], { label: '-', common: [] }],
    [['--label', 'a', '--label', 'b'], { label: 'b', common: [] }],
    [['--dry-run'], { dryRun: 'true', common: [] }],
    [['--dry-run=false'], { dryRun: 'false', common: [] }],
    [['--yes'], { force: 'true', common: [] }],
    [['--force'], { force: 'true', common: [] }],
    [['--password-file', '/secret'], { password: '/secret', common: [] }],
    [['--json', '--quiet', '--no-progress'], { common: ['json', 'quiet', 'no-progress'] }],
    [['-h'], { common: ['help'] }],
  ])('%j', (argv, parsed) => expect(parse(argv)).toEqual(parsed))
})

describe('a word without a flag', () => {
  test.each<[string[], Record<string, unknown>]>([
    [['latest'], { backupDir: 'latest', common: [] }],
    [['--dry-run', 'latest'], { backupDir: 'latest', dryRun: 'true', common: [] }],
    [['--', '--odd'], { backupDir: '--odd', common: [] }],
  ])('%j', (argv, parsed) => expect(parse(argv, 'backupDir')).toEqual(parsed))

  test.each([[['a', 'b']], [['--backup-dir', 'a', 'b']], [['b', '--backup-dir', 'a']]])(
    'is unexpected where there is one already: %j',
    argv => expect(() => parse(argv, 'backupDir')).toThrow('unexpected word “b”'),
  )
})

describe('what is refused', () => {
  test.each([
    [['--lable', 'x'], 'unknown flag --lable; did you mean --label?'],
    [['--compres=zstd'], 'unknown flag --compres; did you mean --compress?'],
    [['--dryrun'], 'unknown flag --dryrun; did you mean --dry-run?'],
    [['--password'], 'unknown flag --password; did you mean --password-file?'],
    [['--jsno'], 'unknown flag --jsno; did you mean --json?'],
    [['--something-else-altogether'], 'unknown flag --something-else-altogether'],
    [['--toString'], 'unknown flag --toString'],
    [['-x'], 'unknown flag -x'],
    [['word'], 'unexpected word “word”'],
    [['--label'], '--label needs a value; one that begins with a dash comes after ='],
    [['--label', '--dry-run'], '--label needs a value; one that begins with a dash comes after ='],
    [['--lines', '-5'], '--lines needs a value; one that begins with a dash comes after ='],
    [
      ['--lable=x', '--dryrun', 'word', 'more'],
      'unknown flag --lable; did you mean --label?; unknown flag --dryrun; did you mean --dry-run?; unexpected word “more”',
    ],
  ])('%j', (argv, message) => {
    expect(() => parse(argv)).toThrow(expect.objectContaining({ kind: 'usage', message }))
  })

  test('a flag of another command', () => {
    expect(() => parseArguments(['--max-rate', '10M'], ['label'])).toThrow('unknown flag --max-rate')
  })

  test.each([
    [['--password', 'hunter2']],
    [['--password=hunter2']],
    [['--passwrod', 'hunter2', '--label', 'x']],
  ])('a secret in %j is not repeated', argv => {
    expect(() => parse(argv, 'backupDir')).toThrow('unknown flag')
    expect(() => parse(argv, 'backupDir')).not.toThrow('hunter2')
  })

  test('nothing, where help is asked for', () => {
    expect(parse(['--nonsense', '--help']).common).toEqual(['help'])
  })
})

test.each([
  ['jon', ['json', 'quiet'], 'json'],
  ['save', ['save', 'sample'], 'save'],
  ['retsore', ['restore', 'sample'], 'restore'],
  ['xyz', ['json', 'quiet'], undefined],
  ['anything', [], undefined],
])('the nearest to %s among %j is %s', (word, known, near) => expect(nearest(word, known)).toBe(near))
