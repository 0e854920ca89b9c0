import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A folder whose name needs care, gone when the test has ended. */
export async function tempFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "toolkit test's, "))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
