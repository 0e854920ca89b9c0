import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'

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
