import { nearest } from './arguments.ts'
import { type OptionName, optionNames, optionOf } from './options.ts'

/**
 * Names of the variables that stand on the make line. make exports those like any other, so the Makefiles list them
 * here: an answer such as FORCE must never count because somebody's shell happens to export it.
 */
export const makeLineVariable = 'TOOLKIT_MAKE_LINE'

type Environment = Readonly<Record<string, string | undefined>>

export const makeLineNames = (env: Environment): string[] =>
  (env[makeLineVariable] ?? '').split(/\s+/).filter(Boolean)

const namesOf = (name: OptionName): string[] => {
  const { env, aliases, secret } = optionOf(name)
  return [env, ...aliases].flatMap(word => (secret ? [word, `${word}_FILE`] : [word]))
}

/** Of make itself, of the engine, and of whoever tests. */
const others = /^(DOCKER(_\w+)?|TOOLKIT_HOME|NO_COLOR|SHELL|MAKE\w*|TEST_IMAGE|BENCH_\w+)$/

/**
 * What stands on the make line and means nothing to this command: a slip of the finger would be ignored in silence.
 * Settings mean something everywhere.
 */
export function strangersOnMakeLine(env: Environment, taken: readonly OptionName[]): string[] {
  const settings = optionNames.filter(name => optionOf(name).kind === 'setting')
  const known = [...settings, ...taken].flatMap(namesOf)
  return makeLineNames(env)
    .filter(word => !known.includes(word) && !others.test(word))
    .map(word => {
      const near = nearest(word, known)
      return `${word} (make line) means nothing to this command${near ? `; did you mean ${near}?` : ''}`
    })
}
