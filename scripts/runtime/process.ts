import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { createInterface } from 'node:readline'

export type Output = { code: number; stdout: string; stderr: string }

/** Who a program runs as, where that is not us; only root may choose. */
export type User = { uid: number; gid: number }
/** Undefined takes a variable of our own away. */
export type Environment = Record<string, string | undefined>

export type Feeder = { argv: readonly string[] } & Pick<ProcessOptions, 'env' | 'user' | 'cwd' | 'onStderr'>

export type ProcessOptions = {
  env?: Environment | undefined
  user?: User | undefined
  cwd?: string | undefined
  /** Written to standard input, which is then closed. */
  input?: string | undefined
  /** A program whose standard output becomes the input, without passing through us. */
  inputFrom?: Feeder | undefined
  onStdout?: ((line: string) => void) | undefined
  onStderr?: ((line: string) => void) | undefined
  signal?: AbortSignal | undefined
}

/** What is kept of a program's output: enough for every report, never enough to fill the memory. */
const keptLines = 2000

/**
 * Starts a program in a process group of its own, so that Ctrl-C at the terminal reaches only us and we decide
 * in which order things stop.
 */
export function start(
  argv: readonly string[],
  stdio: StdioOptions,
  { env, user, cwd }: Pick<ProcessOptions, 'env' | 'user' | 'cwd'> = {},
): ChildProcess {
  const [program = '', ...args] = argv
  const place = { ...user, ...(cwd !== undefined && { cwd }) }
  return spawn(program, args, { stdio, detached: true, env: { ...process.env, ...env }, ...place })
}

/**
 * Runs a program to its end and gives its exit code and the last lines that it printed. An abort kills it.
 * @throws the error of `spawn` where the program cannot be started (ENOENT), and an AbortError.
 */
export async function runProcess(argv: readonly string[], options: ProcessOptions = {}): Promise<Output> {
  const { input, signal } = options
  signal?.throwIfAborted()
  const { inputFrom } = options
  const feeder = inputFrom && start(inputFrom.argv, ['ignore', 'pipe', 'pipe'], inputFrom)
  const feederExit = feeder && exitOf(feeder)
  const stdin = feeder?.stdout ?? (input === undefined ? 'ignore' : 'pipe')
  if (feederExit) await Promise.race([feederExit, spawned(feeder)])
  const child = start(argv, [stdin, 'pipe', 'pipe'], options)
  const stop = () => {
    stopGroup(child)
    if (feeder) stopGroup(feeder)
  }
  signal?.addEventListener('abort', stop, { once: true })
  // pg_basebackup has a child that receives the WAL. Where the one is killed, the other goes on, and holds its output.
  child.once('exit', code => code === 0 || stopGroup(child))
  // While the feeder was starting.
  if (signal?.aborted) stop()
  try {
    const exit = exitOf(child)
    if (input !== undefined) {
      // A program that does not read its input to the end is no fault of ours; its exit code tells.
      child.stdin?.on('error', () => {})
      child.stdin?.end(input)
    }
    // The reading end is the child's own now; ours would keep the feeder from noticing that the child is gone.
    feeder?.stdout?.destroy()
    const [code, stdout, stderr, fed, complaint] = await Promise.all([
      exit,
      collect(child.stdout, options.onStdout),
      collect(child.stderr, options.onStderr),
      feederExit ?? 0,
      collect(feeder?.stderr ?? null, inputFrom?.onStderr),
    ])
    signal?.throwIfAborted()
    return { code: code || fed, stdout, stderr: [complaint, stderr].filter(Boolean).join('\n') }
  } catch (error) {
    // One of them could not be started, or a callback threw: the others must not go on unattended.
    stop()
    throw error
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

/** Stops a program and what it has started, which would else hold its output open. */
function stopGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGTERM')
  } catch {
    // It has ended already.
  }
}

const spawned = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => child.once('spawn', () => resolve()))

/** Gives a program our own terminal, in our own process group, and waits until it ends. */
export function attach(
  argv: readonly string[],
  { env, user, cwd, signal }: Pick<ProcessOptions, 'env' | 'user' | 'cwd' | 'signal'> = {},
): Promise<number> {
  const [program = '', ...args] = argv
  const place = { ...user, ...(cwd !== undefined && { cwd }) }
  const child = spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env }, ...place })
  signal?.addEventListener('abort', () => child.kill(), { once: true })
  return exitOf(child)
}

/** The exit code of a child; a child killed by a signal counts as 128 and more, as a shell has it. */
export function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, name) => resolve(code ?? 128 + constants.signals[name ?? 'SIGTERM']))
  })
}

async function collect(
  stream: NodeJS.ReadableStream | null,
  onLine: ((line: string) => void) | undefined,
): Promise<string> {
  if (stream === null) return ''
  const lines: string[] = []
  for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
    onLine?.(line)
    lines.push(line)
    if (lines.length > keptLines) lines.shift()
  }
  return lines.join('\n')
}
