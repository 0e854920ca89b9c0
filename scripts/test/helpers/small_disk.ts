import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noEngine } from './place.ts'

/** Whether this user may mount: tests of full disks say so where not. */
export const canMount = process.getuid?.() === 0
/** For the name of a test, so that one that did not run says why. */
export const whyNoDisk = canMount ? '' : ' (not run: mounting a small disk takes root)'
/** For what happens at a step of a run that is a container's. */
export const canStep = canMount && !noEngine
export const whyNoStep = noEngine ? ' (not run: its steps are those of containers)' : whyNoDisk

export type SmallDisk = { folder: string; unmount(): Promise<void> }

/** A disk of a few megabytes; `at` is a folder to mount it at. */
export async function mountSmallDisk(megabytes: number, at?: string): Promise<SmallDisk> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'small disk ')))
  await mkdir(folder, { recursive: true })
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
  const unmount = async () => {
    execFileSync('umount', ['--lazy', folder])
    await rmdir(folder)
  }
  return { folder, unmount }
}

/** The same for as long as the work lasts. */
export async function withSmallDisk<T>(
  megabytes: number,
  work: (folder: string) => Promise<T>,
  at?: string,
): Promise<T> {
  const { folder, unmount } = await mountSmallDisk(megabytes, at)
  try {
    return await work(folder)
  } finally {
    await unmount()
  }
}

/**
 * What happens to a small disk, as shell commands, so that it can happen at a step: its size becomes what is used, so
 * that not one byte more fits; no file can be made any more; and each taken back.
 */
export const diskCommands = (folder: string, megabytes: number) => ({
  /** `spare` kilobytes stay free; a disk on which nothing is gets one page, for a size of 0 is none at all. */
  fill: (spare = 0) =>
    `used=$(df --output=used -k '${folder}' | tail -n 1); mount -o remount,size=$(( used + ${spare} > 4 ? used + ${spare} : 4 ))k '${folder}'`,
  useUpInodes: `mount -o remount,nr_inodes=$(( $(df --output=iused '${folder}' | tail -n 1) )) '${folder}'`,
  free: `mount -o remount,size=${megabytes}m,nr_inodes=1000000 '${folder}'`,
})

/** A folder under which nothing can be written any more, though files that are open stay so; and taken back. */
export const readOnlyCommands = (folder: string) => ({
  turn: `mount --bind '${folder}' '${folder}'; mount -o remount,ro,bind '${folder}'`,
  back: `umount '${folder}'`,
})

export const shell = (command: string): void => void execFileSync('sh', ['-euc', command])
