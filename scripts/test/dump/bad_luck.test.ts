import { execFileSync } from 'node:child_process'
import { open, readdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { clockSetTo } from '../helpers/clock.ts'
import { cutInHalf } from '../helpers/damage.ts'
import { describedDump } from '../helpers/dump_samples.ts'
import { leftOf, makeSlowDatabase, sessionsOf, startSlowDump } from '../helpers/dumping.ts'
import { eventually, historyOf } from '../helpers/saving.ts'
import { killProgram } from '../helpers/server.ts'
import { canMount, whyNoDisk, withSmallDisk } from '../helpers/small_disk.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeSlowDatabase(toolkit, 'slow')
  await toolkit.sql('CREATE DATABASE small')
  await toolkit.sql('CREATE TABLE t AS SELECT 1 AS n', 'small')
})
afterAll(() => toolkit.dispose())

const clear = () => toolkit.asRoot(`rm -rf '${toolkit.backupsDir}'/s*_dev_*`)
const lastCode = async () => (await historyOf(toolkit)).at(-1)?.exit_code

test('a second dump is refused with 6; Ctrl-C ends the first with 130, and nothing is left', async () => {
  const first = await startSlowDump(toolkit, 'slow', ['--globals'])
  const second = await toolkit.run('dump.ts', ['--db', 'small', '--json'])
  expect(second.code, second.stderr).toBe(6)
  expect(JSON.parse(second.stdout).error.why).toContain(`process ${first.child.pid}`)
  first.child.kill('SIGINT')
  const run = await first.done
  expect(run.code, run.stderr).toBe(130)
  expect(await leftOf(toolkit)).toEqual([])
  expect(await lastCode()).toBe(130)
  await eventually('the server knows', async () => (await sessionsOf(toolkit, 'slow')) === 0)
})

test('pg_dump killed is exit 8, also when several connections write, and nothing is left', async () => {
  const { done, program } = await startSlowDump(toolkit, 'slow', ['--format', 'directory', '--jobs', '2'])
  await killProgram(program)
  const run = await done
  expect(run.code, run.stderr).toBe(8)
  expect(run.stderr).toContain('pg_dump was killed. The unfinished dump was removed.')
  expect(await leftOf(toolkit)).toEqual([])
  expect(await lastCode()).toBe(8)
})

describe('what a killed toolkit leaves', () => {
  test('is cleared away by the next dump, which succeeds', async () => {
    const { child, done, program } = await startSlowDump(toolkit, 'slow', ['--globals'])
    child.kill('SIGKILL')
    await done
    expect(await leftOf(toolkit)).toEqual([expect.stringMatching(/^slow_dev_.*\.dump\.partial$/), program])
    const run = await toolkit.ok('dump.ts', ['--db', 'small'])
    expect(run.stderr).toMatch(/Removing slow_dev_.*\.dump\.partial, which an earlier run left unfinished/)
    expect(await leftOf(toolkit)).toEqual([
      expect.stringMatching(/^small_dev_.*\.dump$/),
      expect.stringMatching(/^small_dev_.*\.metadata\.json$/),
    ])
    await clear()
  })

  test('gets its names where it was whole and described, and goes where it was not', async () => {
    const folder = toolkit.backupsDir
    const make = (name: string) => describedDump(folder, name)
    const [one, two, cut, half] = [await make('s1'), await make('s2'), await make('s3'), await make('s4')]
    const whole = await leftOf(toolkit)
    for (const path of [
      one.metadata,
      two.metadata,
      two.file,
      cut.metadata,
      cut.file,
      half.metadata,
      half.file,
    ])
      await rename(path, `${path}.partial`)
    await cutInHalf(`${cut.metadata}.partial`)
    await cutInHalf(`${half.file}.partial`)
    // Of a database whose name looks like an ending.
    await writeFile(join(folder, 's.dump-x_dev_2026-01-31T12-00-00Z.dump.partial'), '')
    const { stderr } = await toolkit.ok('dump.ts', ['--db', 'small'])
    expect(stderr.match(/was complete but for its name: it has it now/g)).toHaveLength(2)
    expect(stderr.match(/which an earlier run left unfinished/g)).toHaveLength(5)
    const left = await leftOf(toolkit)
    expect(left.filter(name => !name.startsWith('small'))).toEqual(whole.filter(name => /^s[12]_/.test(name)))
    await clear()
  })
})

test.skipIf(!soak)(
  `a clock that was set back: the dump made last is the latest, and that is said${whyNotNow}`,
  async () => {
    const ahead = JSON.parse(
      (await toolkit.ok('dump.ts', ['--db', 'small', '--json'], { env: clockSetTo(3) })).stdout,
    ).metadata
    const { stdout, stderr } = await toolkit.ok('dump.ts', ['--db', 'small', '--json'])
    const { metadata } = JSON.parse(stdout)
    expect(stderr).toContain('The clock says')
    expect(metadata.id < ahead.id).toBe(true)
    expect(await toolkit.json('db_backup.ts', ['verify', 'latest'])).toMatchObject([{ id: metadata.id }])
    await clear()
  },
)

describe.skipIf(!canMount)(`the disk${whyNoDisk}`, () => {
  test('is too small: refused before anything is written', () =>
    withSmallDisk(1, async folder => {
      const run = await toolkit.run('dump.ts', ['--db', 'slow', '--backups-dir', folder])
      expect(run.code, run.stderr).toBe(2)
      expect(run.stderr).toMatch(/Not enough space in [\s\S]*make dump BACKUPS_DIR=/)
      expect(await readdir(folder)).toEqual(['history.jsonl'])
    }))

  test('fills up: exit 2, and nothing of the dump is kept', () =>
    withSmallDisk(100, async folder => {
      const { done } = await startSlowDump(toolkit, 'slow', [], { env: { BACKUPS_DIR: folder } }, folder)
      const file = await open(join(folder, 'filler'), 'w')
      const block = Buffer.alloc(1 << 16)
      await expect(
        (async () => {
          for (;;) await file.write(block)
        })(),
      ).rejects.toMatchObject({ code: 'ENOSPC' })
      await file.close()
      const run = await done
      expect(run.code, run.stderr).toBe(2)
      expect(run.stderr).toContain('filled up. The unfinished dump was removed.')
      expect(await leftOf(toolkit, folder)).toEqual(['filler'])
    }))

  test('is read-only: exit 5', () =>
    withSmallDisk(10, async folder => {
      execFileSync('mount', ['-o', 'remount,ro', folder])
      const run = await toolkit.run('dump.ts', ['--db', 'small', '--backups-dir', folder])
      expect(run.code, run.stderr).toBe(5)
      expect(run.stderr).toContain('read-only')
    }))
})

test.skipIf(!soak)(
  `the server stopped in the middle is exit 1, and nothing is left${whyNotNow}`,
  async () => {
    const { done } = await startSlowDump(toolkit, 'slow')
    await toolkit.ok('database.ts', ['stop'])
    const run = await done
    expect(run.code, run.stderr).toBe(1)
    expect(run.stderr).toContain(
      'The connection to the server broke during the dump. Nothing of it was kept.',
    )
    expect(await leftOf(toolkit)).toEqual([])
    const down = await toolkit.run('dump.ts', ['--db', 'slow'])
    expect(down.code, down.stderr).toBe(1)
    expect(down.stderr).toContain('make start')
  },
)
