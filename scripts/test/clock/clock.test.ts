import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clockSetTo } from '../helpers/clock.ts'
import { ended, formers, outcome } from '../helpers/cluster.ts'
import { historyOf } from '../helpers/saving.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT 1 AS n')
})
afterAll(() => toolkit.dispose())

async function saveAt(days: number, n: number): Promise<{ id: string; stderr: string; seconds: number }> {
  await toolkit.sql(`UPDATE t SET n = ${n}`)
  const run = await toolkit.ok('save.ts', ['--json'], { env: clockSetTo(days) })
  const { metadata } = JSON.parse(run.stdout)
  return { id: metadata.id, stderr: run.stderr, seconds: metadata.duration_seconds }
}

test('a clock that was ahead and is set back: the backup made last is the latest, and this is said', async () => {
  const ahead = await saveAt(400, 1)
  const now = await saveAt(0, 2)
  const behind = await saveAt(-1, 3)
  expect(ahead.stderr).not.toContain('The clock says')
  for (const { stderr, seconds } of [now, behind]) {
    expect(stderr).toMatch(/The clock says .*, and cluster_backup_\d+_\d+ is of .*: it was set back/)
    expect(seconds).toBeGreaterThan(0)
  }
  const ids = [behind.id, now.id, ahead.id]
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  expect(backups.map((b: { id: string }) => b.id)).toEqual(ids)
  expect((await toolkit.ok('db_backup.ts', ['list'])).stdout).toMatch(
    new RegExp(`${ahead.id}.*in the future`),
  )
  expect((await historyOf(toolkit)).map(line => line.backup)).toEqual([...ids].reverse())
  // Without the one in between the order stays: it hangs on no neighbour.
  await toolkit.ok('db_backup.ts', ['delete', now.id, '--force'])
  const plan = await toolkit.json('restore_docker.ts', ['latest', '--dry-run'])
  expect(plan.plan.source.id).toBe(behind.id)
})

test('restores under such a clock: the former data of the last one is the last by name', async () => {
  for (const days of [400, 0]) {
    await toolkit.ok('restore_docker.ts', ['latest', '--yes'], { env: clockSetTo(days) })
    await toolkit.ok('database.ts', ['start-restored'])
    await toolkit.sql(`UPDATE t SET n = ${1000 + days}`)
  }
  const names = await formers(toolkit)
  expect(names).toHaveLength(2)

  // Cut off between the renames now, the hint has to name what was there last: the 1400 of the first round.
  await toolkit.ok('database.ts', ['stop'])
  const aside = join(dirname(toolkit.dataDir), 'elsewhere')
  await rename(toolkit.dataDir, aside)
  await rename(`${toolkit.dataDir}.cluster.json`, `${aside}.cluster.json`)
  const refused = await toolkit.run('database.ts', ['start'])
  expect(outcome(refused)).toMatch(ended(5))
  const commands = refused.stderr.split('\n').flatMap(line => /mv '.*'$/.exec(line)?.[0] ?? [])
  await toolkit.asRoot(commands.join('\n'))
  await toolkit.startDatabase()
  expect(await toolkit.sql('SELECT n FROM t')).toEqual([{ n: 1400 }])
})
