import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ToolkitError } from '../errors.ts'

/**
 * Makes a folder that only we may enter, and those above it where they are missing. node's own `recursive` calls a
 * read-only disk a folder that is not there.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST') return refuseOtherThings(path)
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await makeFolder(path)
  }
}

async function refuseOtherThings(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found?.isDirectory()) return
  throw new ToolkitError('prerequisite', {
    what: found ? `${path} is a file, and should be a folder.` : `${path} is a link that leads to no folder.`,
    hint: found ? 'Name another folder.' : 'Is the disk mounted that it leads to? ls -l shows where that is.',
  })
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
