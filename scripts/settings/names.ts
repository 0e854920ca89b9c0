import type { ValueType } from './types.ts'

/** A name as a person types it: parts between dots; what was not in double quotes may hold `*` and `?`. */
export type NamePattern = { text: string; parts: readonly { text: string; quoted: boolean }[] }

const part = /"((?:[^"]|"")*)"|([^",.\s][^",.]*)/y

/** `orders, shop.orders, "Odd, name", logs_*`. Unlike in SQL capitals count, for nobody types names in SQL here. */
export const names: ValueType<readonly NamePattern[]> = {
  label: 'name,name…',
  parse(raw) {
    const found: NamePattern[] = []
    let at = 0
    const skip = (pattern: RegExp) => {
      pattern.lastIndex = at
      const [text = ''] = pattern.exec(raw) ?? []
      at += text.length
      return text !== ''
    }
    do {
      skip(/\s+/y)
      const begin = at
      const parts: NamePattern['parts'][number][] = []
      do {
        part.lastIndex = at
        const match = part.exec(raw)
        if (match === null)
          throw new Error('must be names with commas between them, such as orders,shop.lines')
        at += match[0].length
        parts.push(
          match[1] === undefined
            ? { text: (match[2] ?? '').trim(), quoted: false }
            : { text: match[1].replaceAll('""', '"'), quoted: true },
        )
      } while (skip(/\./y))
      if (parts.length > 2) throw new Error('must be names of at most two parts: table, or schema.table')
      found.push({ text: raw.slice(begin, at).trim(), parts })
      skip(/\s+/y)
    } while (skip(/,/y))
    if (at < raw.length) throw new Error(`is not a list of names from “${raw.slice(at)}” on`)
    return found
  },
}

/** Whether a name is what the pattern says. */
export function nameMatches({ text, quoted }: NamePattern['parts'][number], name: string): boolean {
  if (quoted || !/[*?]/.test(text)) return name === text
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 'su').test(name)
}
