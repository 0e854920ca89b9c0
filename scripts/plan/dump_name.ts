import { createHash } from 'node:crypto'

/** Letters and digits of any script, and what no shell and no file system minds; a dot does not begin a name. */
const plain = /^[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u
const plainCharacter = /[\p{L}\p{N}._-]/u
/** Bytes of a name within a file name, which has 255 on most file systems. */
const mostBytes = 90

/**
 * A name as a part of a file name: other characters become `%20` as in a URL. What is too long is cut, and gets a few
 * digits of its hash, for two long names must not become one. The name itself is in the metadata.
 */
export function fileWord(name: string): string {
  if (plain.test(name) && Buffer.byteLength(name) <= mostBytes) return name
  const word = [...name].map((c, i) => (plainCharacter.test(c) && !(i === 0 && c === '.') ? c : percent(c)))
  if (Buffer.byteLength(word.join('')) <= mostBytes) return word.join('')
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const kept: string[] = []
  for (const piece of word) {
    if (Buffer.byteLength(`${kept.join('')}${piece}~${hash}`) > mostBytes) break
    kept.push(piece)
  }
  return `${kept.join('')}~${hash}`
}

const percent = (character: string): string =>
  [...Buffer.from(character)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')

/** `<database>_<environment>_<YYYY-MM-DDTHH-MM-SSZ>`, UTC. */
export const dumpId = (database: string, environment: string, now: Date): string =>
  `${fileWord(database)}_${fileWord(environment)}_${now.toISOString().slice(0, 19).replaceAll(':', '-')}Z`
