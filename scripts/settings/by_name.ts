import { ToolkitError } from '../errors.ts'
import { type OptionName, optionNames, optionOf } from './options.ts'
import { type Resolved, resolveSettings } from './resolve.ts'
import { formatValue } from './value.ts'

/** Settings or answers of one call, by their name in docs/reference/configuration.md: `{ LABEL: 'before the upgrade' }`. */
export type Answers = Readonly<Record<string, string | number | boolean>>

/**
 * For callers from other programs: only what is given counts, neither the environment nor .env.
 * @param taken the options that the call is about
 * @throws ToolkitError usage with everything that cannot be used
 */
export function resolveByName(
  settings: Answers,
  answers: Answers,
  taken: readonly OptionName[] = optionNames,
): Resolved {
  // Two commands may have answers of one name: that of this command counts, else the first.
  const inOrder = [...optionNames.filter(name => !taken.includes(name)).toReversed(), ...taken.toReversed()]
  const byName = new Map(inOrder.flatMap(name => namesOf(name).map(word => [word, name] as const)))
  const unknown = [...Object.keys(settings), ...Object.keys(answers)].filter(word => !byName.has(word))
  const flags = new Map<OptionName, string>()
  const env: Record<string, string> = {}
  for (const [word, value] of Object.entries({ ...settings, ...answers })) {
    const name = byName.get(word)
    if (name === undefined || value === undefined) continue
    // A secret's flag would be the name of a file.
    if (optionOf(name).secret) env[word] = formatValue(value)
    else flags.set(name, formatValue(value))
  }
  const resolved = resolveSettings({ flags, env, dotenv: {}, cwd: process.cwd(), base: process.cwd(), taken })
  const problems = [...unknown.map(word => `${word} is no setting`), ...resolved.problems]
  if (problems.length === 0) return resolved
  throw new ToolkitError('usage', { what: 'A setting cannot be used.', why: problems.join('\n') })
}

const namesOf = (name: OptionName): string[] => {
  const { env, aliases, secret } = optionOf(name)
  return [env, ...(secret ? [...aliases, `${env}_FILE`] : [])]
}
