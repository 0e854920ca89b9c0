/** `…` alone on a line, in a comment too: something is left out here. */
const isGap = (line: string): boolean => /^\s*(?:\/\/|--|#)?\s*…$/.test(line)
const indentOf = (line: string): string => /^\s*/.exec(line)?.[0] ?? ''

/** Whether the lines of an excerpt stand in a file, in order; together they may be indented more or less there. */
export function isExcerptOf(excerpt: string, source: string): boolean {
  const lines = excerpt.split('\n').map(line => line.trimEnd())
  const common = Math.min(...lines.filter(line => line !== '').map(line => indentOf(line).length))
  const parts: string[][] = [[]]
  for (const line of lines) {
    if (isGap(line)) parts.push([])
    else parts.at(-1)?.push(line.slice(common))
  }
  const wanted = parts.map(withoutEmptyEnds).filter(part => part.length > 0)
  const there = source.split('\n').map(line => line.trimEnd())
  return wanted.length > 0 && [...new Set(there.map(indentOf))].some(indent => inOrder(wanted, there, indent))
}

function inOrder(parts: readonly string[][], there: readonly string[], indent: string): boolean {
  let from = 0
  for (const part of parts) {
    const wanted = part.map(line => (line === '' ? '' : indent + line))
    const at = there.findIndex((_, i) => i >= from && wanted.every((line, n) => there[i + n] === line))
    if (at === -1) return false
    from = at + part.length
  }
  return true
}

function withoutEmptyEnds(part: readonly string[]): string[] {
  const first = part.findIndex(line => line !== '')
  const last = part.findLastIndex(line => line !== '')
  return first === -1 ? [] : part.slice(first, last + 1)
}
