import type { Block } from '../../documents/blocks.ts'
import { firstMissing } from '../../documents/promise.ts'
import { type Step, stepsOf } from '../../documents/steps.ts'
import type { DocumentSession, Typed } from './document_session.ts'

/**
 * Types a block, and fails with page, line and everything that was printed where a command or a promise does.
 * `isPromised`: what it prints is compared.
 */
export async function tryBlock(session: DocumentSession, block: Block, isPromised = true): Promise<void> {
  const { write } = block.attributes
  if (write !== undefined) return session.write(write, block.text)
  const steps = stepsOf(block)
  for (const [i, step] of steps.entries()) {
    // The code is that of the last command.
    const exit = i === steps.length - 1 ? block.attributes.exit : undefined
    const { code, output } = await perform(session, block, step, exit)
    const fails = (what: string) =>
      new Error(`${block.page}:${step.line}: ${what}\n${step.text}\n\nIt printed:\n${output}`)
    if (code !== 0) throw fails(`this ended with ${code}`)
    const missing = isPromised ? firstMissing(step.promised, output) : undefined
    if (missing === undefined) continue
    throw fails(`“${missing.trim()}” is promised and did not come, or not in this order`)
  }
}

function perform(session: DocumentSession, block: Block, { text }: Step, exit?: number): Promise<Typed> {
  const ways = { answer: block.attributes.answer, exit }
  if (block.language === 'sql') return session.typeSql(text, ways)
  if (block.language === 'ts') return session.typeScript(text, ways)
  return session.type(text, ways)
}
