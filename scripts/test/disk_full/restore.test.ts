import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { digestOf, ended, formers, outcome } from '../helpers/cluster.ts'
import {
  canStep,
  diskCommands,
  mountSmallDisk,
  type SmallDisk,
  shell,
  whyNoStep,
  withSmallDisk,
} from '../helpers/small_disk.ts'
import { createTablespaces, oids } from '../helpers/tablespaces.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The disk of the data directory fills up at one step of a restore: exit 2, the former data as it was, nothing left. */
describe.skipIf(!canStep)(`the disk of DATA_DIR is full${whyNoStep}`, () => {
  const megabytes = 600
  let toolkit: Toolkit
  let disk: SmallDisk
  let commands: ReturnType<typeof diskCommands>
  let id: string
  let before: string
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    disk = await mountSmallDisk(megabytes, join(toolkit.home, 'mnt'))
    commands = diskCommands(disk.folder, megabytes)
    await toolkit.startDatabase()
    await createTablespaces(toolkit)
    id = await toolkit.save()
    await toolkit.ok('database.ts', ['stop'])
    before = await digestOf(toolkit)
  })
  afterAll(async () => {
    await toolkit.dispose().catch(() => {})
    await disk.unmount()
    await toolkit.dispose()
  })
  afterEach(() => shell(commands.free))

  test.each<[string, RegExp, number | 'inodes']>([
    ['when the staging folder is made (no inodes)', /^mkdir .*\.restoring-[^/]*$/, 'inodes'],
    ['when a tablespace is unpacked', /^spawn docker .*toolkit-unpack.*\/\d+\.tar/, 0],
    ['when the base is unpacked (no inodes)', /^spawn docker .*toolkit-unpack.*base\.tar/, 'inodes'],
    ['when it is made ready (no inodes)', /^spawn docker .*toolkit-finish/, 'inodes'],
    ['when the record of the image is written', /^open .*\.restoring-.*cluster\.json\.partial$/, 0],
  ])('%s: exit 2, nothing lost, nothing left', async (_, when, how) => {
    const full = how === 'inodes' ? commands.useUpInodes : commands.fill(how)
    const run = await toolkit.run('restore_docker.ts', [id, '--yes'], { env: atStep(when, full) })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
    expect(await digestOf(toolkit)).toBe(before)
    expect(await toolkit.remains()).toEqual([])
  })

  test('a tablespace goes to a disk that fills up: exit 2, its folder is empty again', () =>
    withSmallDisk(100, async elsewhere => {
      const folder = join(elsewhere, 'fast')
      await mkdir(folder)
      await toolkit.startDatabase()
      const { fast } = await oids(toolkit)
      await toolkit.ok('database.ts', ['stop'])
      const stopped = await digestOf(toolkit)
      const env = atStep(/^spawn docker .*toolkit-unpack/, diskCommands(elsewhere, 100).fill())
      const map = ['--tablespace-map', `${fast}=${folder}`]
      const run = await toolkit.run('restore_docker.ts', [id, '--yes', ...map], { env })
      expect(run.stderr).toMatch(stepReached)
      expect(outcome(run)).toMatch(ended(2))
      expect(run.stderr).toContain(folder)
      expect(await toolkit.asRoot(`ls -A '${toolkit.home}'`)).not.toContain('restoring')
      expect(await digestOf(toolkit)).toBe(stopped)
      shell(`test -z "$(ls -A '${folder}')"`)
    }))

  test('when the files are swapped: a rename takes no room, and the restored data is there', async () => {
    await toolkit.startDatabase()
    const env = atStep(/^rename .*before-restore/, commands.fill())
    const run = await toolkit.run('restore_docker.ts', [id, '--yes'], { env })
    expect(run.stderr).toMatch(stepReached)
    // The database was running, and cannot be started again on a disk without a byte of room.
    expect(outcome(run)).toMatch(ended(2))
    expect(await formers(toolkit)).toHaveLength(1)
    await toolkit.ok('database.ts', ['discard-former', '--force'])
    shell(commands.free)
    await toolkit.ok('database.ts', ['start-restored'])
    expect(await toolkit.sql('SELECT count(*)::int AS n FROM in_fast')).toEqual([{ n: 5000 }])
  })
})
