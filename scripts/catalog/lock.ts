import { type FileHandle, open } from 'node:fs/promises'
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
