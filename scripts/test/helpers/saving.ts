import type { ChildProcess } from 'node:child_process'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { programsAt } from './server.ts'
import type { Run, RunOptions, Toolkit } from './toolkit.ts'

/** 32 kB a second, the least that pg_basebackup accepts: a save that lasts until somebody interferes. */
export const slowly = ['--max-rate', '32', '--compress', 'none'] as const

/** Waits until `look` finds something, and gives it. */
export async function eventually<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  for (let attempt = 0; attempt < 600; attempt += 1) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    await sleep(100)
  }
  throw new Error(`Waited in vain: ${what}.`)
}

export type Saving = { child: ChildProcess; done: Promise<Run>; container: string }

/** Starts a slow save and comes back when its first bytes are on disk. */
export async function startSlowSave(
  toolkit: Toolkit,
  options: RunOptions = {},
  folder = toolkit.backupsDir,
): Promise<Saving> {
  const { child, done } = toolkit.start('save.ts', [...slowly, '--json'], options)
  let ended: Run | undefined
  void done.then(run => {
    ended = run
  })
  const container = await eventually('the save writes', async () => {
    if (ended) throw new Error(`the save ended with ${ended.code}: ${ended.stderr}`)
    const [program] = await programsAt(folder)
    return (await hasBytes(folder)) && program
  })
  return { child, done, container }
}

async function hasBytes(folder: string): Promise<boolean> {
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!name.endsWith('.partial')) continue
    const archive = await stat(join(folder, name, 'base.tar')).catch(() => undefined)
    if (archive && archive.size > 0) return true
  }
  return false
}

/** What an unfinished save must not leave: containers, and anything in the folder but the history and the lock. */
export async function leftOf(toolkit: Toolkit, folder = toolkit.backupsDir): Promise<string[]> {
  const names = await readdir(folder)
  const known = names.filter(name => /^(\.lock|history\.jsonl|cluster_backup_\d{8}_\d{6})$/.test(name))
  return [...names.filter(name => !known.includes(name)), ...(await programsAt(folder))]
}

export type HistoryLine = { command: string; exit_code: number; result: string; backup?: string }

export async function historyOf(toolkit: Toolkit): Promise<HistoryLine[]> {
  const text = await readFile(join(toolkit.backupsDir, 'history.jsonl'), 'utf8').catch(() => '')
  return text
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}
