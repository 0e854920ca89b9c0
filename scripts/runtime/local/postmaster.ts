import { readFileSync } from 'node:fs'
import { readFile, readlink, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export type Postmaster = { pid: number; startedAt: Date; port: number; bin: string | undefined; argv: string }

/**
 * The running server of a data directory, by the lock file that it keeps there: process id, data directory, start in
 * seconds of the epoch, port, each on a line. Undefined where none runs.
 * https://www.postgresql.org/docs/current/storage-file-layout.html
 */
export async function findPostmaster(dataDir: string): Promise<Postmaster | undefined> {
  const [pid = 0, , seconds = 0, port = 0] = await lockFile(dataDir)
  if (!pid || !(await isServerOf(pid, dataDir))) return undefined
  const options = await readFile(join(dataDir, 'postmaster.opts'), 'utf8').catch(() => '')
  const program = options.split(' "')[0]?.trim()
  return { pid, startedAt: new Date(seconds * 1000), port, bin: program && dirname(program), argv: options }
}

/** The numbers of the lock file, line by line; none where there is no such file. */
async function lockFile(dataDir: string): Promise<number[]> {
  const text = await readFile(join(dataDir, 'postmaster.pid'), 'utf8').catch(
    (error: NodeJS.ErrnoException) => {
      if (['ENOENT', 'ENOTDIR'].includes(error.code ?? '')) return ''
      throw error
    },
  )
  return text === '' ? [] : text.split('\n').map(Number)
}

/**
 * Waits, 20 seconds at most, until the system has forgotten a server that was killed. PostgreSQL takes a lock file for
 * another server's as long as the process id is there at all, and some machines' first process looks only now and then.
 */
export async function forgotten(dataDir: string): Promise<void> {
  const [pid = 0] = await lockFile(dataDir)
  const deadline = performance.now() + 20_000
  while (pid > 0 && isZombie(pid) && performance.now() < deadline) await sleep(50)
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
