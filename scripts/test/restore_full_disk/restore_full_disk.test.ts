import { rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf, ended, outcome, said } from '../helpers/cluster.ts'
import { programsOf } from '../helpers/server.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { type Toolkit, withToolkit } from '../helpers/toolkit.ts'

if (!canMount) console.warn('Full disks are not tested: only root may mount one.')
const megabyte = 1024 * 1024

/** Leaves so much free on the disk of the data directory. */
async function leave(toolkit: Toolkit, megabytes: number): Promise<() => Promise<void>> {
  const filler = join(toolkit.home, 'mnt', 'filler')
  const { bavail, bsize } = await statfs(join(toolkit.home, 'mnt'))
  await writeFile(filler, Buffer.alloc(bavail * bsize - megabytes * megabyte))
  return () => rm(filler)
}

test.skipIf(!canMount)(
  `a full disk: exit 2, the former data as it was, nothing left${whyNoDisk}`,
  async () => {
    await withToolkit(async toolkit => {
      const work = async () => {
        await toolkit.startDatabase()
        await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 100000) AS n')
        const id = await toolkit.save()
        await toolkit.ok('database.ts', ['stop'])
        const before = await digestOf(toolkit)

        // Too little from the beginning: refused before anything is asked or unpacked.
        const freeAgain = await leave(toolkit, 40)
        const refused = await toolkit.run('restore_docker.ts', [id, '--yes'])
        expect(outcome(refused)).toMatch(ended(2))
        expect(refused.stderr).toContain('Not enough space')
        expect(await digestOf(toolkit)).toBe(before)
        await freeAgain()

        // It fills up while the question is open, so that unpacking hits the end: of the WAL, of the base.
        for (const megabytes of [10, 30]) {
          const { child, done } = toolkit.start('restore_docker.ts', [id], { dialogue: true })
          await said(child, /Go on\?/)
          const empty = await leave(toolkit, megabytes)
          child.stdin?.end('y\n')
          const full = await done
          expect(outcome(full)).toMatch(ended(2))
          expect(full.stderr).toMatch(/filled up|disk is full/i)
          await empty()
          expect(await digestOf(toolkit)).toBe(before)
          expect(await toolkit.remains()).toEqual([])
          expect(await programsOf(toolkit, child.pid)).toEqual([])
        }

        await toolkit.startDatabase()
        expect(await toolkit.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 100_000 }])
        await toolkit.ok('database.ts', ['stop'])
      }
      await withSmallDisk(300, work, join(toolkit.home, 'mnt'))
    })
  },
)
