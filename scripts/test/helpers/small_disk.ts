import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this user may mount: tests of full disks say so where not. */
export const canMount = process.getuid?.() === 0
/** For the name of a test, so that one that did not run says why. */
export const whyNoDisk = canMount ? '' : ' (not run: mounting a small disk takes root)'

/** A disk of a few megabytes for as long as the work lasts; `at` is a folder to mount it at. */
export async function withSmallDisk<T>(
  megabytes: number,
  work: (folder: string) => Promise<T>,
  at?: string,
): Promise<T> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'small disk ')))
  await mkdir(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  try {
    return await work(folder)
  } finally {
    execFileSync('umount', ['--lazy', folder])
    await rmdir(folder)
  }
}
