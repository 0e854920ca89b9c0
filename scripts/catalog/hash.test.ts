import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { tempFolder } from '../test/helpers/temp_folder.ts'
import { sha256File } from './hash.ts'

async function file(content: Buffer): Promise<string> {
  const path = join(await tempFolder(), 'file')
  await writeFile(path, content)
  return path
}

test.each([0, 1, 3_000_001])('the SHA-256 of %d bytes, which are all reported', async size => {
  const content = Buffer.alloc(size, 'toolkit')
  let read = 0
  const onBytes = (bytes: number) => {
    read += bytes
  }
  expect(await sha256File(await file(content), { onBytes })).toBe(
    createHash('sha256').update(content).digest('hex'),
  )
  expect(read).toBe(size)
})

test('an abort ends the reading', async () => {
  const stop = new AbortController()
  const hashing = sha256File(await file(Buffer.alloc(3_000_000)), {
    signal: stop.signal,
    onBytes: () => stop.abort(),
  })
  await expect(hashing).rejects.toMatchObject({ name: 'AbortError' })
})

test('a file that is missing is an error', async () => {
  await expect(sha256File('/nonexistent/file')).rejects.toMatchObject({ code: 'ENOENT' })
})
