import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { exitOf } from '../runtime/process.ts'

export type Sample = { seconds: number; peakBytes: number; firstLineSeconds: number }

/** The process itself is looked at, not its children: those are PostgreSQL's programs and the engine. */
const pollMilliseconds = 20

/** Runs a command to its end and takes its time, its peak memory, and the time until it first said something. */
export async function measure(argv: readonly string[], env: Record<string, string> = {}): Promise<Sample> {
  const started = performance.now()
  const [program = '', ...args] = argv
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let firstLine = 0
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', chunk => {
      firstLine ||= performance.now() - started
      said = `${said}${chunk}`.slice(-2000)
    })
  }
  let peakBytes = 0
  const timer = setInterval(() => {
    peakBytes = Math.max(peakBytes, peakOf(child.pid))
  }, pollMilliseconds)
  const code = await exitOf(child)
  clearInterval(timer)
  if (code !== 0) throw new Error(`${argv.join(' ')} ended with ${code}:\n${said}`)
  return { seconds: (performance.now() - started) / 1000, peakBytes, firstLineSeconds: firstLine / 1000 }
}

/** Linux keeps the high-water mark of a process. 0 where it cannot be read. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) * 1024
  } catch {
    return 0
  }
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

export type Paired = { ours: Sample[]; theirs: Sample[]; ratio: number; extraSeconds: number }

/**
 * Measures two things in turn, A B A B, after one round that does not count: what the machine does meanwhile meets
 * both. The ratio is the median of the ratios of pairs.
 */
export async function paired(
  rounds: number,
  ours: () => Promise<Sample>,
  theirs: () => Promise<Sample>,
): Promise<Paired> {
  const result: Paired = { ours: [], theirs: [], ratio: 0, extraSeconds: 0 }
  for (let round = 0; round <= rounds; round++) {
    const a = await ours()
    const b = await theirs()
    if (round === 0) continue
    result.ours.push(a)
    result.theirs.push(b)
  }
  const pairs = result.ours.map((a, i) => ({ a: a.seconds, b: result.theirs[i]?.seconds ?? Number.NaN }))
  result.ratio = median(pairs.map(({ a, b }) => a / b))
  result.extraSeconds = median(pairs.map(({ a, b }) => a - b))
  return result
}
