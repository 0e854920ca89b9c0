import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { eventually, leftOf } from '../helpers/saving.ts'
import { programsAt } from '../helpers/server.ts'
import { canSlowDown, whyNotSlow, withSlowDisk } from '../helpers/slow_disk.ts'
import { soak } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Slow is not broken: nothing times out, and who has no patience gets away within seconds. */
let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
})
afterAll(() => toolkit.dispose())
const disks = (name: string): [string, string] => [
  join(toolkit.home, `${name}.fast`),
  join(toolkit.home, name),
]

test.skipIf(!canSlowDown)(
  `a save to a slow disk is interrupted within seconds, or ends well${whyNotSlow}`,
  async () => {
    await toolkit.startDatabase()
    await withSlowDisk(disks('backups'), 4, async () => {
      const { child, done } = toolkit.start('save.ts', ['--compress', 'none'])
      await eventually('it writes', async () => (await programsAt(toolkit.backupsDir))[0])
      const asked = performance.now()
      child.kill('SIGINT')
      expect(outcome(await done)).toMatch(ended(130))
      expect(performance.now() - asked).toBeLessThan(20_000)
      expect(await leftOf(toolkit)).toEqual([])

      const started = performance.now()
      await toolkit.ok('save.ts', ['--compress', 'none'])
      // 17 MB of cluster and 16 MB of WAL at 4 MB a second: it really was slow.
      expect(performance.now() - started).toBeGreaterThan(5000)
      expect(await leftOf(toolkit)).toEqual([])
    })
    await toolkit.ok('database.ts', ['stop'])
  },
)

const whyNotNow = soak ? whyNotSlow : ' (not run: takes minutes; SOAK=1)'
test.skipIf(!canSlowDown || !soak)(
  `on a slow disk a cluster is made, a restore is interrupted, and then succeeds${whyNotNow}`,
  async () => {
    const slow = await Toolkit.create()
    try {
      await withSlowDisk([join(slow.home, 'fast'), join(slow.home, 'mnt')], 4, async () => {
        await slow.startDatabase()
        await slow.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
        const id = await slow.save()
        await slow.sql('INSERT INTO t VALUES (1001)')
        const { child, done } = slow.start('restore_docker.ts', [id, '--yes'])
        await said(child, /Restore cluster_backup/)
        const asked = performance.now()
        child.kill('SIGTERM')
        expect(outcome(await done)).toMatch(ended(130))
        expect(performance.now() - asked).toBeLessThan(30_000)
        expect(await slow.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1001 }])
        await slow.ok('restore_docker.ts', [id, '--yes'])
        await slow.ok('database.ts', ['start-restored'])
        expect(await slow.sql('SELECT count(*)::int AS n FROM t')).toEqual([{ n: 1000 }])
        await slow.ok('database.ts', ['stop'])
      })
    } finally {
      await slow.dispose()
    }
  },
)
