import { readFileSync } from 'node:fs'
import { makeLineNames } from './make_line.ts'
import { type OptionName, optionNames, optionOf, type Settings } from './options.ts'
import { absolutePath } from './types.ts'

export type Source = 'flag' | 'make line' | 'environment' | '.env' | 'default'
export type Layers = {
  /** Values of flags by option, as typed. */
  flags: ReadonlyMap<OptionName, string>
  env: Readonly<Record<string, string | undefined>>
  /** The parsed db/.env. */
  dotenv: Readonly<Record<string, string>>
  /** Where the paths of flags begin. */
  cwd: string
  /** Where every other path begins: the folder db/. */
  base: string
  /** The options that the command takes: no other answer counts. Default: all of them. */
  taken?: readonly OptionName[]
}
export type Resolved = { settings: Settings; sources: Record<OptionName, Source>; problems: string[] }

type Found = { text: string; source: Source; name: string; base: string }

/** Merges the layers into frozen settings. Every problem is collected: one run reports all of them. */
export function resolveSettings(layers: Layers): Resolved {
  const values: Record<string, unknown> = {}
  const sources = {} as Record<OptionName, Source>
  const problems: string[] = []
  for (const name of optionNames) {
    const option = optionOf(name)
    const counts = option.kind === 'setting' || (layers.taken?.includes(name) ?? true)
    const found = counts ? attempt(problems, () => find(name, layers)) : undefined
    sources[name] = found?.source ?? 'default'
    if (found === undefined) {
      const isSet = (above: string) => sources[above as OptionName] !== 'default'
      const fallback = typeof option.default === 'function' ? option.default(isSet) : option.default
      values[name] =
        fallback === undefined ? undefined : (option.type.locate?.(fallback, layers.base) ?? fallback)
      continue
    }
    values[name] = attempt(problems, () => {
      try {
        const value = option.type.parse(found.text)
        return option.type.locate?.(value, found.base) ?? value
      } catch (error) {
        const shown = option.secret ? '' : ` “${found.text}”`
        throw new Error(`${found.name}${shown} (${found.source}) ${(error as Error).message}`)
      }
    })
  }
  return { settings: Object.freeze(values) as Settings, sources, problems }
}

function find(name: OptionName, layers: Layers): Found | undefined {
  const option = optionOf(name)
  const fromFlag = layers.flags.get(name)
  if (fromFlag !== undefined) {
    // A secret's flag names the file that holds it.
    const name = `--${option.flag}${option.secret ? '-file' : ''}`
    const text = option.secret ? readSecret(name, absolutePath(fromFlag, layers.cwd)) : fromFlag
    return { text, source: 'flag', name, base: layers.cwd }
  }
  const onMakeLine = new Set(makeLineNames(layers.env))
  const makeLine = Object.fromEntries(Object.entries(layers.env).filter(([n]) => onMakeLine.has(n)))
  const names = [option.env, ...option.aliases]
  if (option.kind === 'answer') return lookUp(names, makeLine, 'make line', layers, option.secret)
  // On the make line BACKUP_DIR names one backup, everywhere else it is the folder of all of them.
  const answers = new Set(optionNames.filter(n => optionOf(n).kind === 'answer').map(n => optionOf(n).env))
  const ownNames = names.filter(n => !(answers.has(n) && onMakeLine.has(n)))
  return (
    lookUp(ownNames, makeLine, 'make line', layers, option.secret) ??
    lookUp(ownNames, layers.env, 'environment', layers, option.secret) ??
    lookUp(names, layers.dotenv, '.env', layers, option.secret)
  )
}

function lookUp(
  names: readonly string[],
  variables: Readonly<Record<string, string | undefined>>,
  source: Source,
  { base }: Layers,
  secret: boolean,
): Found | undefined {
  for (const name of names) {
    const text = variables[name]
    const file = secret ? variables[`${name}_FILE`] : undefined
    if (text !== undefined && text !== '' && file) {
      throw new Error(`${name} and ${name}_FILE are both set (${source}); keep one of them`)
    }
    if (file)
      return {
        text: readSecret(`${name}_FILE`, absolutePath(file, base)),
        source,
        name: `${name}_FILE`,
        base,
      }
    // An empty variable is what `make X=` and a commented template leave behind: the same as not set.
    if (text !== undefined && text !== '') return { text, source, name, base }
  }
  return undefined
}

function readSecret(name: string, file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw new Error(`${name} names a file that cannot be read: ${(error as Error).message}`)
  }
}

function attempt<T>(problems: string[], work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    problems.push((error as Error).message)
    return undefined
  }
}
