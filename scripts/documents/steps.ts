import type { Block } from './blocks.ts'

/** What is typed at once, and what is to be seen then. */
export type Step = { line: number; text: string; promised: string[] }

const linesOf = (text: string | undefined): string[] => text?.split('\n') ?? []

/** A block as it is gone through: a `console` block by commands, every other one as a whole. */
export function stepsOf(block: Block): Step[] {
  const { language, line, text, promise } = block
  if (language !== 'console') return [{ line, text, promised: linesOf(promise) }]
  const steps: Step[] = []
  for (const [i, content] of text.split('\n').entries()) {
    const step = steps.at(-1)
    if (content.startsWith('$ ')) steps.push({ line: line + 1 + i, text: content.slice(2), promised: [] })
    else if (step === undefined)
      throw new Error(`${block.page}:${line + 1 + i}: a console block begins with “$ ” and a command`)
    // As the shell asks for the rest of a command: directly below it.
    else if (/^>( |$)/.test(content) && step.promised.length === 0) step.text += `\n${content.slice(2)}`
    else step.promised.push(content)
  }
  const last = steps.at(-1)
  if (promise !== undefined && last) last.promised.push(...linesOf(promise))
  return steps
}
