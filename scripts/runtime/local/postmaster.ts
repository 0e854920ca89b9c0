import { readFileSync } from 'node:fs'
import { readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'

export type Postmaster = { pid: number; startedAt: Date; port: number; bin: string | undefined; argv: string }

/**
 * The running server of a data directory, by the lock file that it keeps there: process id, data directory, start in
 * seconds of the epoch, port, each on a line. Undefined where none runs.
 * https://www.postgresql.org/docs/current/storage-file-layout.html
 */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const lines = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').then(
    text => text.split('\n'),
    (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) return undefined
      throw error
    },
  )
  const [pid = 0, , seconds = 0, port = 0] = (lines ?? []).map(Number)
  if (!pid || !(await isServerOf(pid, dataDir))) return undefined
  const options = await readFile(join(dataDir, 'postmaster.opts'), 'utf8').catch(() => '')
  const program = options.split(' "')[0]?.trim()
  return { pid, startedAt: new Date(seconds * 1000), port, bin: program && dirname(program), argv: options }
}

/** A server works in its data directory; another process may have got the number of one that is gone. */
async function isServerOf(pid: number, dataDir: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  try {
    return (await readlink(`/proc/${pid}/cwd`)) === (await realpath(dataDir))
  } catch {
    // Not ours to look at: then at least it has to be of the user whose lock file this is. Without /proc: it is alive.
    const process = await stat(`/proc/${pid}`).catch(() => undefined)
    return process === undefined || process.uid === (await stat(join(dataDir, 'postmaster.pid'))).uid
  }
}

/** Whether a process is at work. One that has ended, and whose parent has not looked yet, is not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return !isZombie(pid)
}

/** In a container whose first process adopts nobody they stay for good. */
function isZombie(pid: number): boolean {
  try {
    // The state follows the name, which is in parentheses and may have some of its own.
    return /^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '')
  } catch {
    return false
  }
}
