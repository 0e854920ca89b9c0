import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import {
  canStep,
  diskCommands,
  mountSmallDisk,
  type SmallDisk,
  shell,
  whyNoStep,
} from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** Everything that a start and a new password write, on a disk that is full at that step. */
describe.skipIf(!canStep)(`the disk of db/ is full${whyNoStep}`, () => {
  const megabytes = 400
  let toolkit: Toolkit
  let disk: SmallDisk
  let commands: ReturnType<typeof diskCommands>
  /** The password comes from db/.env, as it does for everybody who types `make start`. */
  const without = { PGPASSWORD: '' }
  beforeAll(async () => {
    disk = await mountSmallDisk(megabytes)
    toolkit = await Toolkit.create(disk.folder)
    commands = diskCommands(disk.folder, megabytes)
  })
  afterAll(async () => {
    shell(commands.free)
    await toolkit.dispose()
    await disk.unmount()
  })
  afterEach(() => shell(commands.free))
  const dotenv = () => readFile(join(toolkit.home, '.env'), 'utf8').catch(() => '')

  test.each<[string, RegExp, 'fill' | 'useUpInodes']>([
    ['when the data directory is made (no inodes)', /^mkdir .*\/postgres$/, 'useUpInodes'],
    ['when the configuration is written', /^writeFile .*postgresql\.conf$/, 'fill'],
    ['when db/.env is written', /^open .*\.env\.partial$/, 'fill'],
    ['when the record of the image is written', /^open .*cluster\.json\.partial$/, 'fill'],
    ['when the cluster is made', /^spawn docker run --detach/, 'fill'],
  ])('start, %s: exit 2', async (_, when, how) => {
    const full = how === 'fill' ? commands.fill() : commands.useUpInodes
    const run = await toolkit.run('database.ts', ['start'], { env: { ...without, ...atStep(when, full) } })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
  })

  test('with room it starts, with the password that was generated', async () => {
    await toolkit.ok('database.ts', ['start'], { env: without })
    expect((await dotenv()).match(/PGPASSWORD=/g)).toHaveLength(1)
    expect(await toolkit.json('database.ts', ['status'], { env: without })).toMatchObject({
      state: 'running',
    })
  })

  test('set-password: exit 2, and the old password still opens the database', async () => {
    const before = await dotenv()
    const env = { ...without, ...atStep(/^open .*\.env\.partial$/, commands.fill()) }
    const run = await toolkit.run('database.ts', ['set-password'], { env })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
    expect(run.stderr).toContain('.env')
    expect(await dotenv()).toBe(before)
    shell(commands.free)
    const status = await toolkit.json('database.ts', ['status'], { env: without })
    expect(status).toMatchObject({ state: 'running', databases: 1 })
    await toolkit.ok('database.ts', ['set-password'], { env: without })
    expect(await dotenv()).not.toBe(before)
    expect(await toolkit.json('database.ts', ['status'], { env: without })).toMatchObject({ databases: 1 })
  })
})
