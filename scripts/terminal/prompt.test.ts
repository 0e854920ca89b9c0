import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { exitCodeOf } from '../errors.ts'
import { confirm, createPrompt, type Prompt } from './prompt.ts'

/** A conversation over pipes, or at something that says it is a terminal. */
function conversation({ isTTY = false, signal = new AbortController().signal } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY })
  const output = new PassThrough()
  return {
    input,
    output,
    prompt: createPrompt(signal, { input, output }),
    shown: () => String(output.read() ?? ''),
  }
}

describe('a question by pipes, as in echo y | make restore', () => {
  test.each([
    ['a line', 'y\n', 'y'],
    ['a line without an end', 'yes', 'yes'],
    ['an empty line', '\n', ''],
    ['the first of several lines', 'y\nn\n', 'y'],
    ['nothing', '', undefined],
  ])('%s is the answer', async (_, typed, answer) => {
    const { input, prompt, shown } = conversation()
    input.end(typed)
    expect(prompt.interactive).toBe(false)
    expect(await prompt.ask('Sure? ')).toBe(answer)
    expect(shown()).toBe('Sure? ')
  })
})

describe('a question at a terminal', () => {
  test('shows what is typed', async () => {
    const { input, prompt, shown } = conversation({ isTTY: true })
    expect(prompt.interactive).toBe(true)
    const answer = prompt.ask('Sure? ')
    input.write('yes\r')
    expect(await answer).toBe('yes')
    expect(shown()).toMatch(/Sure\? .*yes/)
  })

  test('shows itself again when something is corrected', async () => {
    const { input, prompt, shown } = conversation({ isTTY: true })
    const answer = prompt.ask('Sure? ')
    input.write('x')
    shown()
    input.write('\x7fy\r')
    expect(await answer).toBe('y')
    expect(shown()).toContain('Sure? ')
  })

  test('does not show a hidden answer', async () => {
    const { input, prompt, shown } = conversation({ isTTY: true })
    const answer = prompt.ask('Password: ', { hidden: true })
    input.write('hunter2\r')
    expect(await answer).toBe('hunter2')
    expect(shown()).toBe('Password: \n')
  })

  test('ends with Ctrl-D', async () => {
    const { input, prompt } = conversation({ isTTY: true })
    const answer = prompt.ask('Sure? ')
    input.write('\x04')
    expect(await answer).toBeUndefined()
  })
})

describe('an abort', () => {
  test.each([true, false])('ends the question (terminal: %s), which is then no answer', async isTTY => {
    const stop = new AbortController()
    const { prompt } = conversation({ isTTY, signal: stop.signal })
    const answer = prompt.ask('Sure? ')
    stop.abort()
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' })
  })

  test('beforehand asks nothing', async () => {
    const { prompt, shown } = conversation({ signal: AbortSignal.abort() })
    await expect(prompt.ask('Sure? ')).rejects.toMatchObject({ name: 'AbortError' })
    expect(shown()).toBe('')
  })

  test('lets the process end, whose input is still open', async () => {
    const promptModule = pathToFileURL(join(import.meta.dirname, 'prompt.ts')).href
    const code = `import { createPrompt } from ${JSON.stringify(promptModule)}
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 10)
      await createPrompt(stop.signal).ask('Sure? ').catch(error => console.log(error.name))`
    const argv = ['--import', 'tsx', '--input-type=module', '--eval', code]
    const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'pipe'] })
    const output = Promise.all([text(child.stdout), text(child.stderr)])
    expect((await once(child, 'exit'))[0]).toBe(0)
    expect(await output).toEqual(['AbortError\n', 'Sure? '])
  })
})

describe('a question that must be answered with yes', () => {
  const asked: string[] = []
  const someone = (answer: string | undefined, interactive = true): Prompt => ({
    interactive,
    ask: async question => {
      asked.push(question)
      return answer
    },
  })

  test.each(['y', 'Y', 'yes', 'YES', ' y '])('%j is yes, at a terminal and by a pipe', async answer => {
    await expect(confirm(someone(answer), 'Delete it?')).resolves.toBeUndefined()
    await expect(confirm(someone(answer, false), 'Delete it?')).resolves.toBeUndefined()
    expect(asked.at(-1)).toBe('Delete it? [y/N] ')
  })

  test.each<[string, string | undefined, boolean, number]>([
    ['no', 'n', true, 130],
    ['nothing', '', true, 130],
    ['something else', 'yep', true, 130],
    ['no by a pipe', 'n', false, 130],
    ['the end of the input at a terminal', undefined, true, 130],
    ['nobody there', undefined, false, 4],
  ])('%s is not', async (_, answer, interactive, code) => {
    const refused = await confirm(someone(answer, interactive), 'Delete it?').catch(error => error)
    expect(exitCodeOf(refused)).toBe(code)
  })
})
