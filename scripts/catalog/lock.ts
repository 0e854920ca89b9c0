import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { isDiskFull, ToolkitError } from '../errors.ts'
import { makeFolder } from './durable.ts'
import { userName } from './who.ts'

/**
 * Holds a lock on a folder for as long as the work lasts. The lock is the kernel's (an open-file-description lock),
 * so it is gone with its process, however that ends; the file only says who holds it.
 * @throws ToolkitError locked, naming the holder.
 */
export async function withLock<T>(folder: string, what: string, work: () => Promise<T>): Promise<T> {
  await makeFolder(folder)
  const path = join(folder, '.lock')
  const file = await open(path, 'a+', 0o600)
  try {
    const { tryLock } = (await import('fs-native-extensions')).default
    if (!tryLock(file.fd)) {
      const holder = (await file.readFile('utf8').catch(() => '')).trim()
      throw new ToolkitError('locked', {
        what: `Another run is at work in ${folder}.`,
        why: holder || undefined,
        hint: 'Wait until it has ended, then try again. The lock goes with the run that holds it.',
      })
    }
    await sign(file, what)
    return await work()
  } finally {
    // Closing gives the lock back. The file stays: removing it would let two runs lock two files of one name.
    await file.close()
  }
}

/**
 * Keeps a backup from being deleted while it is read. Any number may read at once. The lock is on a file of the backup
 * itself, which also works where nothing can be written.
 */
export const whileReading = <T>(folder: string, work: () => Promise<T>): Promise<T> =>
  withBackupLock(folder, 'r', work)

/**
 * Deletes a backup, or changes it, while nobody reads it.
 * @throws ToolkitError locked
 */
export const whileNobodyReads = <T>(folder: string, work: () => Promise<T>): Promise<T> =>
  withBackupLock(folder, 'r+', work)

async function withBackupLock<T>(folder: string, flags: 'r' | 'r+', work: () => Promise<T>): Promise<T> {
  const path = await markerOf(folder)
  if (path === undefined) return work()
  const file = await open(path, flags)
  try {
    if (await tryBackupLock(file.fd, flags === 'r')) return await work()
  } finally {
    await file.close()
  }
  throw new ToolkitError('locked', {
    what: `${folder} is being ${flags === 'r' ? 'deleted' : 'read'} by another run.`,
    hint: 'Wait until it has ended, then try again.',
  })
}

/** What is read may lie on a disk that knows no locks, such as a share; then nothing can keep it, and it is read. */
async function tryBackupLock(fd: number, shared: boolean): Promise<boolean> {
  const { tryLock } = (await import('fs-native-extensions')).default
  try {
    return tryLock(fd, { shared })
  } catch (error) {
    if (shared) return true
    throw error
  }
}

/** A file that every run would choose: a dump itself, the manifest that each backup has, else the first there is. */
async function markerOf(folder: string): Promise<string | undefined> {
  if ((await stat(folder).catch(() => undefined))?.isFile()) return folder
  const names = await readdir(folder).catch(() => [] as string[])
  const preferred = ['backup_manifest', 'data/backup_manifest', ...names.sort()]
  for (const name of preferred) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found?.isFile()) return join(folder, name)
  }
  return undefined
}
/** Says who holds the lock. On a full disk nobody can; it is held all the same, for deleting is what helps there. */
async function sign(file: FileHandle, what: string): Promise<void> {
  try {
    await file.truncate(0)
    await file.write(
      `${what}, process ${process.pid} of ${userName()}@${hostname()}, since ${new Date().toISOString()}\n`,
    )
  } catch (error) {
    if (!isDiskFull(error)) throw error
  }
}
