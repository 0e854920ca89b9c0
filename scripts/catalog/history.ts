import { appendFile, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { exitCodes, explain } from '../errors.ts'
import { userName } from './who.ts'

export type HistoryEntry = {
  at: string
  command: string
  user: string
  host: string
  seconds: number
  exit_code: number
  result: string
  backup?: string
}

/** Appends one line to history.jsonl. A run whose record cannot be written is not a failed run. */
async function append(backupsDir: string, entry: HistoryEntry): Promise<void> {
  try {
    await mkdir(backupsDir, { recursive: true, mode: 0o700 })
    await appendFile(join(backupsDir, 'history.jsonl'), `${JSON.stringify(entry)}\n`, { mode: 0o600 })
  } catch {
    // The disk may be full, which is what the run itself then reports.
  }
}

/** Runs the work and records how it ended: who, when, what, result, exit code. */
export async function recorded<T>(
  backupsDir: string,
  command: string,
  work: () => Promise<T>,
  backupOf: (result: T) => string | undefined,
): Promise<T> {
  const started = performance.now()
  const entry = (exit_code: number, result: string, backup: string | undefined): HistoryEntry => ({
    at: new Date().toISOString(),
    command,
    user: userName(),
    host: hostname(),
    seconds: Number(((performance.now() - started) / 1000).toFixed(1)),
    exit_code,
    result,
    ...(backup !== undefined && { backup }),
  })
  try {
    const result = await work()
    await append(backupsDir, entry(0, 'ok', backupOf(result)))
    return result
  } catch (error) {
    const { kind, message } = explain(error)
    await append(backupsDir, entry(exitCodes[kind].code, message, undefined))
    throw error
  }
}
