import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { ToolkitError } from '../errors.ts'

export type Prompt = {
  /** True at a terminal. A pipe such as `echo y |` can be asked as well, for what has no other way to be said. */
  readonly interactive: boolean
  ask(question: string, options?: { hidden?: boolean }): Promise<string | undefined>
}

/** The streams of a conversation. */
export type Terminal = { input: Readable & { isTTY?: boolean }; output: Writable }

/**
 * Asks on standard error and reads one line of standard input. `undefined` is the end of the input.
 * A hidden answer is never echoed.
 */
export function createPrompt(
  signal: AbortSignal,
  { input, output }: Terminal = { input: process.stdin, output: process.stderr },
): Prompt {
  const interactive = input.isTTY === true
  return {
    interactive,
    async ask(question, { hidden = false } = {}) {
      signal.throwIfAborted()
      const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
      const reader = createInterface({ input, output: hidden ? nowhere : output, terminal: interactive })
      if (hidden) output.write(question)
      // By readline itself, which draws the whole line again when something in it is corrected.
      reader.setPrompt(hidden ? '' : question)
      reader.prompt()
      return new Promise((resolve, reject) => {
        const onAbort = () => {
          reject(signal.reason)
          reader.close()
        }
        signal.addEventListener('abort', onAbort, { once: true })
        // With a terminal readline takes Ctrl-C for itself: pass it on.
        reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
        reader.once('line', line => {
          resolve(line)
          reader.close()
          if (hidden) output.write('\n')
        })
        reader.once('close', () => {
          signal.removeEventListener('abort', onAbort)
          resolve(undefined)
        })
      })
    },
  }
}

/**
 * A question that must be answered with yes before something is lost.
 * @throws ToolkitError interrupted when the answer is no, usage when nobody can answer.
 */
export async function confirm(prompt: Prompt, question: string): Promise<void> {
  const answer = await prompt.ask(`${question} [y/N] `)
  if (answer === undefined && !prompt.interactive) {
    throw new ToolkitError('usage', {
      what: 'This needs a yes, and there is no terminal to ask at.',
      hint: 'Say it beforehand: FORCE=1 with make, --yes with the script, or echo y | make …',
    })
  }
  if (!/^y(es)?$/i.test(answer?.trim() ?? '')) {
    throw new ToolkitError('interrupted', { what: 'Declined. Nothing was changed.' })
  }
}

/**
 * For what cannot be taken back: a word has to be typed, and nothing on the command line stands for it.
 * @throws ToolkitError interrupted when something else is typed, usage when nobody can answer.
 */
export async function confirmWord(prompt: Prompt, word: string, command: string): Promise<void> {
  const answer = await prompt.ask(`Type ${word} to go on: `)
  if (answer === undefined && !prompt.interactive) {
    throw new ToolkitError('usage', {
      what: `This needs the word “${word}”, and there is no terminal to ask at.`,
      hint: `echo ${word} | ${command}`,
    })
  }
  if (answer?.trim() !== word) {
    throw new ToolkitError('interrupted', { what: 'Declined. Nothing was changed.' })
  }
}
