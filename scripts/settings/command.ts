import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, type ErrorKind, exitCodes, explain, ToolkitError } from '../errors.ts'
import { createLog, type Log } from '../terminal/log.ts'
import { createPrompt, type Prompt } from '../terminal/prompt.ts'
import { type CommonFlag, nearest, parseArguments } from './arguments.ts'
import { baseFolder } from './folders.ts'
import { commandHelp, entryHelp } from './help.ts'
import { strangersOnMakeLine } from './make_line.ts'
import type { OptionName, Settings } from './options.ts'
import { type Resolved, resolveSettings } from './resolve.ts'

/** What an operation needs beside its settings: how to speak, how to ask, and when to stop. */
export type Context = {
  readonly log: Log
  readonly prompt: Prompt
  readonly signal: AbortSignal
  /** Whether progress is shown at all. */
  readonly progress: boolean
  /** `--verbose`: what takes longer may be looked at as well. */
  readonly verbose?: boolean
}

export type Command<T = unknown> = {
  /** As typed: `save`, or the verb of a script that has several. */
  name: string
  summary: string
  options: readonly OptionName[]
  /** The options that words without a flag stand for, in their order. */
  positional?: OptionName | readonly OptionName[]
  exits: readonly ErrorKind[]
  /** A make line and what it is for. */
  examples?: readonly (readonly [line: string, purpose: string])[]
  run(settings: Settings, context: Context, resolved: Resolved): Promise<T>
  /** The result for a person; `--json` prints the result itself. */
  render?(result: T): string
  /** For results that are no error and yet not 0: `status` of a database that is down. */
  exitCode?(result: T): number
}

/** Keeps the type of the result between `run` and `render`. */
// biome-ignore lint/suspicious/noExplicitAny: the entries hold commands of every result type
export const command = <T>(definition: Command<T>): Command<any> => definition

const interruptedCode = exitCodes.interrupted.code

/** Runs a script that has one command. */
export const runCommand = (script: string, only: Command): Promise<void> =>
  conclude(process.argv.slice(2), argv => ({ command: only, argv, title: script }), script)

/** Runs a script whose first word is a verb. */
export function runVerbs(script: string, summary: string, verbs: readonly Command[]): Promise<void> {
  return conclude(
    process.argv.slice(2),
    ([verb, ...argv]) => {
      const found = verbs.find(v => v.name === verb)
      if (found) return { command: found, argv, title: `${script} ${found.name}` }
      if (verb === undefined || verb === '--help' || verb === '-h') return entryHelp(script, summary, verbs)
      const near = nearest(
        verb,
        verbs.map(v => v.name),
      )
      throw new ToolkitError('usage', {
        what: `${script} knows no “${verb}”.`,
        hint: near ? `Did you mean ${near}?` : `It knows ${verbs.map(v => v.name).join(', ')}.`,
      })
    },
    script,
  )
}

type Chosen = { command: Command; argv: readonly string[]; title: string }

async function conclude(
  argv: readonly string[],
  choose: (argv: readonly string[]) => Chosen | string,
  script: string,
): Promise<void> {
  const json = argv.includes('--json')
  try {
    const chosen = choose(argv)
    if (typeof chosen === 'string') process.stdout.write(chosen)
    else await perform(chosen, script)
  } catch (thrown) {
    const error = explain(thrown)
    process.stderr.write(`${describe(error)}\n`)
    process.exitCode = exitCodes[error.kind].code
    if (json) {
      const { kind, message: what, why, hint } = error
      process.stdout.write(
        `${JSON.stringify({ error: { kind, code: process.exitCode, what, why, hint } })}\n`,
      )
    }
  }
}

async function perform({ command: chosen, argv, title }: Chosen, script: string): Promise<void> {
  const { common, flags } = parseArguments(argv, chosen.options, chosen.positional)
  if (common.has('help')) {
    process.stdout.write(commandHelp(basename(script), title, chosen))
    return
  }
  const resolved = resolveSettings({
    flags,
    env: process.env,
    dotenv: await readDotenv(join(baseFolder, '.env')),
    cwd: process.cwd(),
    base: baseFolder,
    taken: chosen.options,
  })
  const problems = [...resolved.problems, ...strangersOnMakeLine(process.env, chosen.options)]
  if (problems.length > 0 && chosen.name !== 'config') {
    const count = problems.length
    throw new ToolkitError('usage', {
      what: count === 1 ? 'A setting cannot be used.' : `${count} settings cannot be used.`,
      why: problems.join('\n'),
      hint: 'make config shows every setting and where it comes from.',
    })
  }
  await withSignals(async signal => {
    const result = await chosen.run(resolved.settings, createContext(common, signal), resolved)
    const text = common.has('json') ? JSON.stringify(result, null, 2) : (chosen.render?.(result) ?? '')
    if (text && (common.has('json') || !common.has('quiet'))) process.stdout.write(`${text.trimEnd()}\n`)
    process.exitCode = chosen.exitCode?.(result) ?? 0
  })
}

function createContext(common: ReadonlySet<CommonFlag>, signal: AbortSignal): Context {
  const loudness = common.has('quiet') ? 'quiet' : common.has('verbose') ? 'verbose' : 'normal'
  return {
    log: createLog(loudness),
    prompt: createPrompt(signal),
    signal,
    progress: !common.has('no-progress') && !common.has('quiet'),
    verbose: common.has('verbose'),
  }
}

async function readDotenv(file: string): Promise<Record<string, string>> {
  try {
    const content = readFileSync(file)
    const { parse } = (await import('dotenv')).default
    return parse(content)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {}
    throw new ToolkitError('usage', { what: `${file} cannot be read.`, why: (error as Error).message })
  }
}

/**
 * One AbortController per run. The first SIGINT or SIGTERM asks everything to stop and clean up;
 * a second one only repeats the request, for what is being cleaned up must not be cut off.
 */
async function withSignals(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.stderr.write('Still cleaning up…\n')
    else process.stderr.write('\nStopping…\n')
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await work(controller.signal)
  } catch (error) {
    // What fails because it was stopped is an interruption, whatever words it fails with.
    const lasting = error instanceof ToolkitError && error.lasting
    if (controller.signal.aborted && !lasting && exitCodes[explain(error).kind].code !== interruptedCode) {
      throw new ToolkitError('interrupted', {
        what: 'Interrupted.',
        why: (error as Error).message,
        cause: error,
      })
    }
    throw error
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
}
