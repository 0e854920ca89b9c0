/** Of one kind; what is more is counted. */
const most = 20

/** The lines of one kind, at most so many. */
export const atMost = (lines: readonly string[], kind: string): string[] =>
  lines.length <= most ? [...lines] : [...lines.slice(0, most), `… and ${lines.length - most} more ${kind}`]

/** A name in a line of its own: it may hold line ends, the terminal’s commands, and what turns the direction of text. */
export const inLine = (name: string): string =>
  name.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, char =>
    char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** What is in one of two lists only. */
export function missingAndExtra(
  before: readonly string[],
  after: readonly string[],
): { missing: string[]; extra: string[] } {
  const [was, is] = [new Set(before), new Set(after)]
  return { missing: before.filter(name => !is.has(name)), extra: after.filter(name => !was.has(name)) }
}

/** “is missing”, and “was not there before”, of one kind. `word` is the singular, `kind` the plural. */
export function presence(
  word: string,
  kind: string,
  before: readonly string[],
  after: readonly string[],
): string[] {
  const { missing, extra } = missingAndExtra(before, after)
  return [
    ...atMost(
      missing.map(name => `${word} ${inLine(name)} is missing`),
      kind,
    ),
    ...atMost(
      extra.map(name => `${word} ${inLine(name)} was not there before`),
      kind,
    ),
  ]
}
