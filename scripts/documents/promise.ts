/**
 * What a page promises against what a command prints. Every promised line has to be a line of the output, in the order
 * of the page; the output may have others between them.
 */

/** What is another one at each run becomes the same on both sides. Words never do. */
const masks: readonly (readonly [RegExp, string])[] = [
  // Ids of containers and images, hashes.
  [/\b(?=[a-f]*\d)[\da-f]{12,}\b/g, '#'],
  [/(?<![\w)])-(?=\d)/g, ''],
  // 831,757  17.12  00:29:00.761; a date is three of them.
  [/\d+(?:[.,:]\d+)*/g, '#'],
  [/# ?(?:[kMGTP]i?)?B\b/g, '#B'],
  [/(?:# ?(?:ms|s|min|h|d|seconds?|minutes?|hours?|days?)\b ?)+/g, '# s '],
  // Lines under headings are as long as the longest value.
  [/─{2,}/g, '─'],
  [/-{3,}/g, '-'],
  [/\s+/g, ' '],
]

export const mask = (line: string): string =>
  masks.reduce((text, [pattern, mark]) => text.replace(pattern, mark), line).trim()

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** In a line “…” stands for any words. */
const patternOf = (promised: string): RegExp =>
  new RegExp(`^${mask(promised).split('…').map(literally).join('.*')}$`)

/** The first promised line that did not come; undefined: all came. A line that is only “…” stands for any lines. */
export function firstMissing(promised: readonly string[], output: string): string | undefined {
  const came = output.split('\n').map(mask)
  let from = 0
  for (const line of promised) {
    if (['', '…'].includes(line.trim())) continue
    const pattern = patternOf(line)
    const at = came.findIndex((text, i) => i >= from && pattern.test(text))
    if (at === -1) return line
    from = at + 1
  }
  return undefined
}
