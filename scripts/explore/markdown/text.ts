import { anchorOf } from '../anchor.ts'

/**
 * Text of a database within Markdown. Every character that Markdown, a table or HTML could take for markup becomes an
 * entity or is escaped; line ends become spaces, what moves a cursor becomes �. Nothing of a name breaks out.
 */
export const plain = (text: string): string =>
  text
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '�')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/[\\`*_{}[\]|~#]/g, '\\$&')
    .replace(/^([-+]|\d+[.)])(?=\s)/, '\\$1')
    .replace(/(https?|ftp|www)([:.])/gi, '$1&#8203;$2')

/** As code, where it cannot break out of the span: with as many backticks around it as it takes. */
export function code(text: string): string {
  const line = text
    .replace(/[\r\n\t\u2028\u2029]+/g, ' ')
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '�')
  if (line.trim() === '') return ''
  // A table is split at every pipe, in code as well; GitHub and CommonMark’s tables take the backslash away again.
  const cell = line.replaceAll('|', '\\|')
  const ticks = '`'.repeat(longestRun(cell) + 1)
  const pad = /^`|`$/.test(cell) ? ' ' : ''
  return `${ticks}${pad}${cell}${pad}${ticks}`
}

/** A block of code, in a fence that is longer than any in it. */
export function block(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `${fence}${language}\n${text.replace(/\r\n?/g, '\n').trimEnd()}\n${fence}`
}

const longestRun = (text: string): number =>
  [...text.matchAll(/`+/g)].reduce((longest, [run]) => Math.max(longest, run.length), 0)

/** A table; the cells are Markdown already. None where there are no rows. */
export function table(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[] = [],
): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = headings.map(heading => (right.includes(heading) ? '---:' : '---'))
  return [line(headings), line(rule), ...rows.map(line)].join('\n')
}

export const link = (id: string): string => `[${plain(id)}](#${anchorOf(id)})`

/** Paragraphs with an empty line between them; what is empty is left out. */
export const join = (...parts: readonly (string | undefined | null | false)[]): string =>
  parts.filter(part => typeof part === 'string' && part !== '').join('\n\n')
