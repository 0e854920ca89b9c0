import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod/mini'
import { exitCodes, explain } from '../errors.ts'
import { userName } from './who.ts'

const entrySchema = z.object({
  at: z.iso.datetime(),
  command: z.string(),
  user: z.string(),
  host: z.string(),
  seconds: z.number(),
  exit_code: z.int(),
  result: z.string(),
  /** The backup that it was about; of a run that was about several, their ids with spaces between. */
  backup: z.optional(z.string()),
})
export type HistoryEntry = z.infer<typeof entrySchema>

export type History = {
  /** In the order in which the runs ended. */
  entries: HistoryEntry[]
  /** Lines that cannot be read: cut off on a full disk, or changed by somebody. */
  damagedLines: number
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

/** Every run that was recorded. A line that cannot be read is passed over, and counted. */
export async function readHistory(backupsDir: string): Promise<History> {
  const text = await readFile(join(backupsDir, 'history.jsonl'), 'utf8').catch(error => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const lines = text.split('\n').filter(line => line.trim() !== '')
  const entries = lines.map(readEntry).filter(entry => entry !== undefined)
  return { entries, damagedLines: lines.length - entries.length }
}

function readEntry(line: string): HistoryEntry | undefined {
  try {
    return entrySchema.parse(JSON.parse(line))
  } catch {
    return undefined
  }
}

/**
 * Runs the work and records how it ended: who, when, what, result, exit code. `endOf` is for results that are no error
 * and yet not 0.
 */
export async function recorded<T>(
  backupsDir: string,
  command: string,
  work: () => Promise<T>,
  backupOf: (result: T) => string | undefined,
  endOf: (result: T) => { code: number; words: string } = () => ({ code: 0, words: 'ok' }),
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
    const { code, words } = endOf(result)
    await append(backupsDir, entry(code, words, backupOf(result)))
    return result
  } catch (error) {
    const { kind, message } = explain(error)
    await append(backupsDir, entry(exitCodes[kind].code, message, undefined))
    throw error
  }
}
