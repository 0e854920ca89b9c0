import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'

const lacksBindfs = process.getuid?.() !== 0 || spawnSync('bindfs', ['--version']).error !== undefined
/** Whether a slow disk can be had, and the words for the name of a test where it cannot. */
export const canSlowDown = !lacksBindfs
export const whyNotSlow = lacksBindfs ? ' (not run: takes root and bindfs)' : ''

/** A folder behind which is another one, and between them so many megabytes a second each way. */
export async function withSlowDisk<T>(
  [fast, slow]: [string, string],
  megabytes: number,
  work: () => Promise<T>,
): Promise<T> {
  for (const folder of [fast, slow]) await mkdir(folder, { recursive: true })
  const rates = [`--write-rate=${megabytes}M`, `--read-rate=${megabytes * 4}M`]
  execFileSync('bindfs', [...rates, fast, slow], { stdio: 'ignore' })
  try {
    return await work()
  } finally {
    execFileSync('umount', ['--lazy', slow])
  }
}
