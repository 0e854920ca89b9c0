import { parseArgs } from 'node:util'
import { ToolkitError } from '../errors.ts'
import { type OptionName, optionOf } from './options.ts'

/** Flags that every script has. */
export const commonFlags = {
  help: 'Print this help.',
  json: 'Print one JSON document on standard output; messages go to standard error.',
  verbose: 'Say more: each program that is started, and SQL.',
  quiet: 'Say only what is wrong.',
  'no-progress': 'No progress lines.',
} as const
export type CommonFlag = keyof typeof commonFlags
export type Arguments = {
  common: ReadonlySet<CommonFlag>
  flags: ReadonlyMap<OptionName, string>
}

/** The flag as it is typed: a secret is never given itself, only the file that holds it. */
export const flagName = (name: OptionName): string =>
  `--${optionOf(name).flag}${optionOf(name).secret ? '-file' : ''}`

/** True for the options whose flag stands alone: `--dry-run`. */
export const isSwitch = (name: OptionName): boolean => optionOf(name).type.label === 'true|false'

/**
 * Reads a command line. `positional` are the options that bare words stand for, in their order.
 * @throws ToolkitError usage, naming every unknown flag with its nearest match.
 */
export function parseArguments(
  argv: readonly string[],
  allowed: readonly OptionName[],
  positional: OptionName | readonly OptionName[] = [],
): Arguments {
  // Two commands may have answers of one name; who asks for all of them gets the first.
  const byFlag = new Map(allowed.toReversed().map(name => [flagName(name).slice(2), name]))
  // --force and --yes say the same thing.
  if (byFlag.has('yes')) byFlag.set('force', 'force')
  const config = Object.fromEntries([
    ...[...byFlag].map(([flag, name]) => [flag, { type: isSwitch(name) ? 'boolean' : 'string' }] as const),
    ...Object.keys(commonFlags).map(flag => [flag, { type: 'boolean' }] as const),
    ['h', { type: 'boolean', short: 'h' }] as const,
  ])
  const { tokens } = parseArgs({
    args: [...argv],
    options: config,
    strict: false,
    tokens: true,
    allowPositionals: true,
  })
  const common = new Set<CommonFlag>()
  const flags = new Map<OptionName, string>()
  const problems: string[] = []
  const words: string[] = []
  let unknownAt: number | undefined
  for (const token of tokens) {
    if (token.kind === 'positional') {
      // What follows an unknown flag is its value, which may be a secret.
      if (unknownAt === undefined || token.index !== unknownAt + 1) words.push(token.value)
    } else if (token.kind === 'option') {
      const name = byFlag.get(token.name)
      if (token.name === 'h') common.add('help')
      else if (Object.hasOwn(commonFlags, token.name)) common.add(token.name as CommonFlag)
      else if (name === undefined) {
        unknownAt = token.index
        problems.push(unknownFlag(token.rawName, [...byFlag.keys(), ...Object.keys(commonFlags)]))
      } else if (isSwitch(name)) flags.set(name, token.value ?? 'true')
      else if (token.value === undefined || (/^-./.test(token.value) && !token.inlineValue))
        problems.push(`${token.rawName} needs a value; one that begins with a dash comes after =`)
      else flags.set(name, token.value)
    }
  }
  for (const word of words) {
    const next = [positional].flat().find(name => !flags.has(name))
    if (next === undefined) problems.push(`unexpected word “${word}”`)
    else flags.set(next, word)
  }
  if (problems.length > 0 && !common.has('help')) {
    throw new ToolkitError('usage', {
      what: problems.join('; '),
      hint: 'Add --help to see what this command takes.',
    })
  }
  return { common, flags }
}

function unknownFlag(typed: string, known: readonly string[]): string {
  const word = typed.replace(/^-+/, '')
  // --password is no slip of the finger, but it is the beginning of --password-file.
  const near = known.find(k => k.startsWith(`${word}-`)) ?? nearest(word, known)
  return `unknown flag ${typed}${near ? `; did you mean --${near}?` : ''}`
}

/** The closest of the known words, where one is close enough to be a slip of the finger. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const scored = known.map(k => ({ k, d: distance(word, k) })).sort((a, b) => a.d - b.d)
  const best = scored[0]
  return best && best.d <= Math.max(2, Math.floor(word.length / 3)) ? best.k : undefined
}

/** Edit distance (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (const [i, ca] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, cb] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (ca === cb ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
