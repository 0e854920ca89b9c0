import { execFileSync } from 'node:child_process'
import { open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { leftOf, startSlowSave } from '../helpers/saving.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

/** Writes until nothing more fits. */
async function fill(path: string): Promise<void> {
  const file = await open(path, 'w')
  const block = Buffer.alloc(1 << 16)
  try {
    for (;;) await file.write(block)
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC')
  } finally {
    await file.close()
  }
}

test.skipIf(!canMount)(`a disk that is too small is refused before anything is written${whyNoDisk}`, () =>
  withSmallDisk(40, async folder => {
    const run = await toolkit.run('save.ts', ['--json', '--backups-dir', folder])
    expect(run.code, run.stderr).toBe(2)
    expect(run.stderr).toMatch(/Not enough space in .*needs about \d+.*MB, \d+.*MB are free/)
    expect(await readdir(folder)).toEqual(['history.jsonl'])
  }),
)

test.skipIf(!canMount)(`a disk that fills up ends the save with 2 and keeps nothing of it${whyNoDisk}`, () =>
  withSmallDisk(160, async folder => {
    const filler = join(folder, 'filler')
    const { done } = await startSlowSave(toolkit, { env: { BACKUPS_DIR: folder } }, folder)
    await fill(filler)
    const run = await done
    expect(run.code, run.stderr).toBe(2)
    expect(run.stderr).toContain('filled up')
    expect(await leftOf(toolkit, folder)).toEqual(['filler'])
    await rm(filler)
    await toolkit.ok('save.ts', ['--backups-dir', folder])
    expect(await leftOf(toolkit, folder)).toEqual([])
  }),
)

test.skipIf(!canMount)(`so does a plain one${whyNoDisk}`, () =>
  withSmallDisk(160, async folder => {
    const filler = join(folder, 'filler')
    const { child, done } = toolkit.start('save.ts', ['--format', 'plain', '--max-rate', '4M'], {
      env: { BACKUPS_DIR: folder },
    })
    for (let names: string[] = []; !names.some(n => n.endsWith('.partial')) && child.exitCode === null; )
      names = await readdir(folder)
    await fill(filler)
    const run = await done
    expect(run.code, run.stderr).toBe(2)
    expect(await leftOf(toolkit, folder)).toEqual(['filler'])
  }),
)

test.skipIf(!canMount)(`a read-only disk is refused, whether the folder is there or not${whyNoDisk}`, () =>
  withSmallDisk(160, async folder => {
    execFileSync('mount', ['-o', 'remount,ro', folder])
    for (const place of [folder, join(folder, 'not/there')]) {
      const run = await toolkit.run('save.ts', ['--backups-dir', place])
      expect(run.code, run.stderr).toBe(5)
      expect(run.stderr).toContain('read-only')
    }
  }),
)
