import { type FileHandle, open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

const pieceBytes = 1 << 18
const pollMilliseconds = 25

/**
 * Reads a file that is still being written, from its beginning until `written` is fulfilled and its end is reached.
 * The file may come to be only after the call. `onPiece` sees each piece first.
 */
export async function* followFile(
  path: string,
  written: Promise<void>,
  signal?: AbortSignal,
  onPiece?: (piece: Buffer) => void,
): AsyncGenerator<Buffer> {
  let complete = false
  void written.then(() => {
    complete = true
  })
  let file: FileHandle | undefined
  try {
    while (true) {
      signal?.throwIfAborted()
      // Asked before reading: what is written between a read and the question would be missed.
      const wasComplete = complete
      file ??= await openIfThere(path)
      const piece = Buffer.allocUnsafe(pieceBytes)
      const bytes = file ? (await file.read(piece, 0, pieceBytes)).bytesRead : 0
      if (bytes > 0) {
        onPiece?.(piece.subarray(0, bytes))
        yield piece.subarray(0, bytes)
      } else if (wasComplete) {
        return
      } else {
        await sleep(pollMilliseconds, undefined, { signal })
      }
    }
  } finally {
    await file?.close()
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
