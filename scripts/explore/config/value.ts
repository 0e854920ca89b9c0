import { nearest } from '../../settings/arguments.ts'

/** Collects everything that is wrong, so that all of it can be told at once. `where` is for people: checks.0201.days. */
export type Problems = { add(where: string, what: string): void; readonly list: readonly string[] }

export function problems(): Problems {
  const list: string[] = []
  return { list, add: (where, what) => void list.push(`${where === '' ? '' : `${where}: `}${what}`) }
}

/** Keys and values of a mapping; null (nothing after the colon) is an empty one. Undefined where it is something else. */
export function entriesOf(value: unknown): [key: string, value: unknown][] | undefined {
  if (value === null || value === undefined) return []
  return value instanceof Map ? [...value].map(([key, one]) => [String(key), one]) : undefined
}

export function textsOf(value: unknown, where: string, found: Problems): string[] {
  if (value === null) return []
  // One alone needs no list.
  const all = Array.isArray(value) ? value : [value]
  return all.flatMap((one: unknown) => {
    if (typeof one === 'string' && one !== '') return [one]
    found.add(where, `must be a list of names, not ${show(one)}`)
    return []
  })
}

export function flagOf(value: unknown, where: string, found: Problems): boolean {
  if (value === true || value === false) return value
  found.add(where, `must be true or false, not ${show(value)}`)
  return false
}

const powers = ['b', 'kb', 'mb', 'gb', 'tb']
const largest = 1024 ** 5

/** 16GB, 512 MB, or a number of bytes; steps of 1024, as in PostgreSQL’s own settings. */
export function bytesOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 && value <= largest ? value : undefined
  const [, digits, unit = 'b'] =
    (typeof value === 'string' && /^(\d+(?:\.\d+)?)\s*([kmgt]?i?b)$/i.exec(value.trim())) || []
  if (digits === undefined) return undefined
  const bytes = Number(digits) * 1024 ** powers.indexOf(unit.toLowerCase().replace('i', ''))
  return bytes <= largest ? Math.round(bytes) : undefined
}

/** How a value reads in a message. */
export function show(value: unknown): string {
  if (value instanceof Map) return 'a mapping'
  if (Array.isArray(value)) return 'a list'
  return value === null ? 'nothing' : `“${String(value).slice(0, 60)}”`
}

export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known)
  return near === undefined ? '' : `; did you mean ${near}?`
}
