import { existsSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, formers, outcome, said } from '../helpers/cluster.ts'
import { noEngine, whyNoEngine } from '../helpers/place.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { freePort, Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let id: string
const restore = (...args: string[]) => toolkit.run('restore_docker.ts', [id, '--yes', ...args])
const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  id = await toolkit.save()
  await toolkit.sql('INSERT INTO t VALUES (1001)')
})
afterAll(() => toolkit.dispose())

test('interrupted while it still asks or stops: nothing is lost', async () => {
  for (const words of [/Go on\?/, /Stopping/]) {
    const asks = words.source.startsWith('Go')
    const args = [id, '--in-place', ...(asks ? [] : ['--yes'])]
    const { child, done } = toolkit.start('restore_docker.ts', args, { dialogue: true })
    await said(child, words)
    child.kill('SIGINT')
    expect(outcome(await done)).toMatch(ended(130))
    expect(await rows()).toBe(1001)
  }
})

test('what was there is deleted first, and said so', async () => {
  const run = await restore('--in-place')
  expect(outcome(run)).toMatch(ended(0))
  expect(run.stderr).toContain('DELETED FIRST')
  expect(await formers(toolkit)).toEqual([])
  expect(await rows()).toBe(1000)
})

test('interrupted after the deletion: says that it is empty, and the next restore works', async () => {
  const { child, done } = toolkit.start('restore_docker.ts', [id, '--yes', '--in-place'])
  await said(child, /Extracted/)
  child.kill('SIGTERM')
  const run = await done
  // Not 130: that would mean that nothing was changed.
  expect(outcome(run)).toMatch(ended(8))
  expect(run.stderr).toMatch(/is empty[\s\S]*HINT:.*make restore/)
  expect(await readdir(toolkit.dataDir)).toEqual([])
  // A new, empty cluster would look like lost data.
  const start = await toolkit.run('database.ts', ['start'])
  expect(outcome(start)).toMatch(ended(5))
  expect(start.stderr).toContain('a cluster was in it before')
  expect(outcome(await restore('--in-place'))).toMatch(ended(0))
  await toolkit.ok('database.ts', ['start-restored'])
  expect(await rows()).toBe(1000)
})

test.skipIf(!canMount)(`a data directory that is a disk of its own${whyNoDisk}`, async () => {
  const dataDir = join(toolkit.home, 'other', 'data')
  const container = `${toolkit.container}-disk`
  const env = { DATA_DIR: dataDir, CONTAINER: container, PGPORT: String(await freePort()) }
  const restoreThere = (...args: string[]) =>
    toolkit.run('restore_docker.ts', [id, '--yes', ...args], { env })
  const onDisk = async () => {
    await writeFile(join(dataDir, 'precious'), 'data')
    const refused = await restoreThere()
    expect(outcome(refused)).toMatch(ended(4))
    expect(refused.stderr).toContain('IN_PLACE=1')
    expect(await readdir(dataDir)).toEqual(['precious'])
    expect(outcome(await restoreThere('--in-place'))).toMatch(ended(0))
    expect(existsSync(join(dataDir, 'precious'))).toBe(false)
    const started = await toolkit.json('database.ts', ['start-restored'], { env })
    expect(started).toMatchObject({ timeline: 2, login_works: true })
    await toolkit.ok('database.ts', ['stop'], { env })
  }
  try {
    await withSmallDisk(300, onDisk, dataDir)
  } finally {
    await toolkit.run('database.ts', ['stop'], { env })
  }
})

test.skipIf(!canMount)(
  `a disk too small even when it is cleared: nothing is deleted${whyNoDisk}`,
  async () => {
    const dataDir = join(toolkit.home, 'third', 'data')
    const onDisk = async () => {
      await writeFile(join(dataDir, 'precious'), 'data')
      const args = [id, '--yes', '--in-place']
      const run = await toolkit.run('restore_docker.ts', args, { env: { DATA_DIR: dataDir } })
      expect(outcome(run)).toMatch(ended(2))
      expect(await readdir(dataDir)).toEqual(['precious'])
    }
    await withSmallDisk(50, onDisk, dataDir)
  },
)

test.skipIf(noEngine)(
  `a server of another name on the same data directory is noticed${whyNoEngine}`,
  async () => {
    const env = { CONTAINER: `${toolkit.container}-other`, PGPORT: String(await freePort()) }
    for (const [script, ...args] of [
      ['restore_docker.ts', id, '--yes', '--in-place'],
      ['database.ts', 'start'],
    ]) {
      const run = await toolkit.run(script ?? '', args, { env })
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toContain(`The container ${toolkit.container} is running on`)
    }
    expect(await rows()).toBe(1000)
  },
)
