import { mkdir, open, rename, stat } from 'node:fs/promises'
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
  const handle = await open(partial, 'w', 0o600)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await renameDurably(partial, path)
}
