/** What may stand behind the language of a fence. GitHub shows none of it. */

export const languagesThatRun = ['sh', 'console', 'sql', 'ts']

/** What only some machines have. */
export type Part = 'docker' | 'timescaledb'

export type Attributes = {
  run?: true
  /** Why it is not run. */
  norun?: string
  /** The file that it is an excerpt of. */
  file?: string
  /** The file that the reader makes of it. */
  write?: string
  /** The full edition of TimescaleDB. */
  edition?: 'community'
  /** It runs only where this is. */
  needs?: Part
  /** It runs everywhere; what it prints is promised only where this is. */
  output?: Part
  /** With which code its last command ends. */
  exit?: number
  /** What is typed when a command asks. */
  answer?: 'y'
}

const values: Record<keyof Attributes, RegExp> = {
  run: /^$/,
  norun: /./,
  file: /./,
  write: /./,
  edition: /^community$/,
  needs: /^(docker|timescaledb)$/,
  output: /^(docker|timescaledb)$/,
  exit: /^\d+$/,
  answer: /^y$/,
}
const isKnown = (name: string): name is keyof Attributes => Object.hasOwn(values, name)

/** `words` is the info string without the language: words, name=value, name="a value with spaces". */
export function attributesOf(where: string, language: string, words: string): Attributes {
  const found: Record<string, string | number | true> = {}
  for (const [word, name = '', text = ''] of words.matchAll(/(\S+?)(?:=("[^"]*"|\S*))?(?=\s|$)/g)) {
    const value = text.replace(/^"(.*)"$/, '$1')
    if (!isKnown(name) || !values[name].test(value)) throw new Error(`${where}: what is “${word}”?`)
    found[name] = name === 'run' ? true : name === 'exit' ? Number(value) : value
  }
  const attributes: Attributes = found
  const { run, norun, file, write, ...others } = attributes
  if ([run, norun, file, write].filter(one => one !== undefined).length > 1)
    throw new Error(`${where}: only one of run, norun, file and write`)
  if (run && !languagesThatRun.includes(language))
    throw new Error(`${where}: “${language}” cannot be run, only ${languagesThatRun.join(', ')}`)
  if (!run && Object.keys(others).length > 0)
    throw new Error(`${where}: ${Object.keys(others)} without “run”`)
  return attributes
}
