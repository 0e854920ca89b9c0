import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { realFolder } from './real_folder.ts'

/**
 * What an option is. The table in options.ts is the only place that declares one; flags, environment names,
 * `.env`, validation, `--help`, db/.env.example and docs/reference/configuration.md are all made from it.
 */

export type ValueType<T> = {
  label: string
  /** Reads the text that a user typed. Throws an Error whose message says what would be accepted. */
  parse(text: string): T
  /** Makes a relative path absolute; `base` is the folder of the layer that the value comes from. */
  locate?(value: T, base: string): T
}

export type Option<T = unknown> = {
  /** A setting has layers (flag > environment > .env > default); an answer belongs to one run of one command. */
  kind: 'setting' | 'answer'
  /** The name in the environment, in db/.env and on the make line. */
  env: string
  /** Other environment names with the same meaning; the first one that is set wins. */
  aliases: readonly string[]
  /** The flag without its dashes. */
  flag: string
  type: ValueType<T>
  /** A function is told which of the options declared above this one somebody has set. */
  default: T | ((isSet: (name: string) => boolean) => T)
  /** How the default reads in the documents, where the value itself does not say it. */
  defaultText?: string
  /** Never a flag with a value, never printed; `<NAME>_FILE` names a file that holds it. */
  secret: boolean
  group: string
  summary: string
}

// biome-ignore lint/suspicious/noExplicitAny: the inferred type of each option's value is what is wanted
export type ValueOf<O> = O extends Option<any> ? ReturnType<O['type']['parse']> : never

const fail = (message: string): never => {
  throw new Error(message)
}

export const text: ValueType<string> = {
  label: 'text',
  parse: raw => (raw.includes('\0') ? fail('must not hold a NUL character') : raw),
}

/** Much less than PostgreSQL's own limit (MAXPGPATH), for a label. */
const longestLine = 1000

/** One line: what PostgreSQL and people read line by line must not hold two. */
export const line: ValueType<string> = {
  label: 'text',
  parse(raw) {
    if (/\p{Cc}/u.test(raw)) return fail('must be one line, without control characters')
    return Buffer.byteLength(raw) <= longestLine ? raw : fail(`must not be longer than ${longestLine} bytes`)
  },
}

/** A name as the container engine has them; one with a dash before it would be taken for an option. */
export const engineName: ValueType<string> = {
  label: 'name',
  parse: raw =>
    /^[a-z0-9][\w./:@-]*$/i.test(raw)
      ? raw
      : fail('must be letters, digits and . _ - / : @, and begin with a letter or a digit'),
}

/** A path made absolute; `~` is the home folder, for no shell has seen what stands in a .env file. */
export const absolutePath = (value: string, base: string): string =>
  resolve(base, value === '~' || value.startsWith('~/') ? homedir() + value.slice(1) : value)

/** An empty path (`--target "$UNSET"`) would mean the current folder. */
const notEmpty = (raw: string): string => {
  // docker's --mount takes the two for one.
  if (raw.includes('\r\n')) return fail('must not hold a line end of Windows (\\r\\n)')
  return raw.trim() === '' ? fail('must not be empty') : text.parse(raw)
}

export const path: ValueType<string> = {
  label: 'path',
  parse: notEmpty,
  locate: absolutePath,
}

/** A folder of ours, with links followed. */
export const folder: ValueType<string> = {
  ...path,
  locate: (value, base) => realFolder(absolutePath(value, base)),
}

/** A folder, or a volume of the engine: `volume:<name>`, with the characters that an engine takes in one. */
export const folderOrVolume: ValueType<string> = {
  label: 'path|volume:name',
  parse(raw) {
    if (!raw.startsWith('volume:')) return folder.parse(raw)
    return /^volume:[a-zA-Z0-9][\w.-]*$/.test(raw)
      ? raw
      : fail('must be volume: and a name of letters, digits, _ . and -')
  },
  locate: (value, base) => (value.startsWith('volume:') ? value : (folder.locate?.(value, base) ?? value)),
}

/** The name of a thing, or a path to it: what holds a slash is a path. */
export const nameOrPath: ValueType<string> = {
  label: 'name|path',
  parse: notEmpty,
  locate: (value, base) => (/^[.~]|\//.test(value) ? absolutePath(value, base) : value),
}

export const integer = (min: number, max: number): ValueType<number> => ({
  label: `${min}–${max}`,
  parse(raw) {
    const value = /^[+-]?\d+$/.test(raw.trim()) ? Number(raw) : Number.NaN
    return value >= min && value <= max ? value : fail(`must be a whole number from ${min} to ${max}`)
  },
})

export const flag: ValueType<boolean> = {
  label: 'true|false',
  parse(raw) {
    const word = raw.trim().toLowerCase()
    if (['1', 'true', 'yes', 'y', 'on'].includes(word)) return true
    if (['0', 'false', 'no', 'n', 'off', ''].includes(word)) return false
    return fail('must be true or false (1 and 0, yes and no, on and off are understood too)')
  },
}

export const choice = <const T extends string>(...words: readonly T[]): ValueType<T> => ({
  label: words.join('|'),
  parse: raw => words.find(word => word === raw.trim()) ?? fail(`must be one of ${words.join(', ')}`),
})

/** A value that may be absent. */
export const maybe = <T>(type: ValueType<T>): ValueType<T | undefined> => type as ValueType<T | undefined>
