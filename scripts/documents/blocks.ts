import { type Attributes, attributesOf, languagesThatRun } from './attributes.ts'

/** The fenced blocks of a page. Info strings are read strictly: a typo must not quietly leave a block untested. */

export type Block = {
  page: string
  /** Of the fence. */
  line: number
  language: string
  text: string
  attributes: Attributes
  /** What the reader is told to see: a block of `text` directly below. In a `console` block it is inside. */
  promise?: string
}

type Fence = { line: number; info: string; text: string; end: number }

export function blocksOf(page: string, content: string): Block[] {
  const lines = content.split('\n')
  const fences = fencesOf(page, lines)
  return fences.map((fence, i) => {
    const [, language = '', words = ''] = /^(\S*)\s*(.*)$/.exec(fence.info) ?? []
    const block: Block = {
      page,
      line: fence.line,
      language,
      text: fence.text,
      attributes: attributesOf(`${page}:${fence.line}`, language, words),
    }
    const below = fences[i + 1]
    const isDirectlyBelow = below?.info === 'text' && lines.slice(fence.end, below.line - 1).every(isBlank)
    return languagesThatRun.includes(language) && isDirectlyBelow ? { ...block, promise: below.text } : block
  })
}

const isBlank = (line: string): boolean => line.trim() === ''

function fencesOf(page: string, lines: readonly string[]): Fence[] {
  const found: Fence[] = []
  for (let i = 0; i < lines.length; i++) {
    const opening = /^( *)(`{3,}|~{3,})(.*)$/.exec(lines[i] ?? '')
    if (opening === null) continue
    const [, indent = '', mark = '', info = ''] = opening
    const closing = new RegExp(`^ *${mark[0]}{${mark.length},} *$`)
    const end = lines.findIndex((line, at) => at > i && closing.test(line))
    if (end === -1) throw new Error(`${page}:${i + 1}: this block has no end`)
    // In a list the block is indented, and its lines with it.
    const text = lines.slice(i + 1, end).map(line => line.replace(new RegExp(`^ {0,${indent.length}}`), ''))
    found.push({ line: i + 1, info: info.trim(), text: text.join('\n'), end: end + 1 })
    i = end
  }
  return found
}
