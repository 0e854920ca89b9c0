import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes a folder that only we may enter, and those above it where they are missing. node's own `recursive` calls a
 * read-only disk a folder that is not there.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await makeFolder(path)
  }
}

/** Forces a file or a folder to disk. */
export async function fsyncPath(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Renames and forces the folder to disk, so that the new name survives a power cut. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to)
  await fsyncPath(dirname(to))
}

/** Writes a small file so that it is either whole or not there. */
export async function writeDurably(path: string, content: string): Promise<void> {
  const partial = `${path}.partial`
  await writeDurableFile(partial, content)
  await renameDurably(partial, path)
}

/** Writes a small file of ours (0600) and forces it to disk. What fails leaves nothing, and names the file. */
export async function writeDurableFile(path: string, content: string): Promise<void> {
  const handle = await open(path, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } catch (error) {
    await rm(path, { force: true }).catch(() => {})
    // node names the file of an open that fails, but not of a write.
    if (error instanceof Error && !error.message.includes(path)) error.message += ` '${path}'`
    throw error
  } finally {
    await handle.close()
  }
}
