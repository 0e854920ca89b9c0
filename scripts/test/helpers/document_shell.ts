import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'

/** One shell for a whole page: its folder and its variables stay from block to block. */
export type Shell = {
  /** Runs the script of a step; 0, or with what the shell has ended. A command that fails ends it. */
  run(step: string): Promise<number>
  hasEnded(): boolean
  close(): Promise<void>
}

/** Each step is a folder with a script, what is typed to it, and what it prints. */
const loop = `set -eo pipefail
while IFS= read -r step; do
  . "$step/script" <"$step/input" >"$step/output" 2>&1
  echo done
done`

export function openShell(cwd: string, env: Record<string, string>): Shell {
  const child = spawn('bash', ['-c', loop], { cwd, env, stdio: ['pipe', 'pipe', 'inherit'], detached: true })
  child.stdin.on('error', () => {})
  const ended = new Promise<number>(resolve => child.once('close', code => resolve(code ?? -1)))
  let code: number | undefined
  ended.then(value => {
    code = value
  })

  return {
    run(step) {
      const done = new Promise<number>(resolve => child.stdout.once('data', () => resolve(0)))
      child.stdin.write(`${step}\n`)
      return Promise.race([done, ended])
    },
    hasEnded: () => code !== undefined,
    async close() {
      child.stdin.end()
      // Where a test has given up a step still runs: as by Ctrl-C, so that it takes its containers away.
      for (const [patience, signal] of [
        [500, 'SIGINT'],
        [20_000, 'SIGKILL'],
      ] as const) {
        if (await endsWithin(patience, ended)) return
        if (child.pid) process.kill(-child.pid, signal)
      }
      await ended
    },
  }
}

async function endsWithin(ms: number, ended: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController()
  const late = sleep(ms, false, { signal: timer.signal }).catch(() => false)
  const inTime = await Promise.race([ended.then(() => true), late])
  timer.abort()
  return inTime
}
