import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { ended, outcome } from '../helpers/cluster.ts'
import { leftOf } from '../helpers/saving.ts'
import {
  canStep,
  diskCommands,
  mountSmallDisk,
  type SmallDisk,
  shell,
  whyNoStep,
} from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** The disk fills up at exactly one step of a save: exit 2, nothing of it left, and with room the next one succeeds. */
const megabytes = 200
let toolkit: Toolkit
let disk: SmallDisk
let commands: ReturnType<typeof diskCommands>
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

describe.skipIf(!canStep)(`the disk of BACKUPS_DIR is full${whyNoStep}`, () => {
  beforeAll(async () => {
    disk = await mountSmallDisk(megabytes)
    commands = diskCommands(disk.folder, megabytes)
  })
  afterAll(() => disk.unmount())
  afterEach(() => shell(commands.free))

  const steps: [string, RegExp, 'fill' | 'useUpInodes', string][] = [
    ['when its folder is made (no inodes)', /^mkdir .*\/deep$/, 'useUpInodes', 'deep'],
    ['when the lock is taken (no inodes)', /^open .*\.lock$/, 'useUpInodes', ''],
    ['when the folder of the backup is made (no inodes)', /^mkdir .*\.partial$/, 'useUpInodes', ''],
    ['when pg_basebackup begins', /^spawn docker run .*toolkit-save/, 'fill', ''],
    ['when pg_basebackup makes its files (no inodes)', /^spawn docker run .*toolkit-save/, 'useUpInodes', ''],
    ['when metadata.json is written', /^open .*metadata\.json\.partial$/, 'fill', ''],
    ['when metadata.json is made (no inodes)', /^open .*metadata\.json\.partial$/, 'useUpInodes', ''],
  ]
  test.each(steps)('%s: exit 2, nothing left', async (_, when, how, below) => {
    const full = how === 'fill' ? commands.fill() : commands.useUpInodes
    const place = join(disk.folder, below)
    const run = await toolkit.run('save.ts', ['--backups-dir', place], { env: atStep(when, full) })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
    expect(await leftOf(toolkit, disk.folder)).toEqual([])
  })

  test('when the history is written: the backup is whole all the same', async () => {
    const env = atStep(/^appendFile .*history\.jsonl$/, commands.fill())
    const run = await toolkit.ok('save.ts', ['--backups-dir', disk.folder], { env })
    expect(run.stderr).toMatch(stepReached)
    shell(commands.free)
    const verified = await toolkit.json('db_backup.ts', ['verify', '--deep', '--backups-dir', disk.folder])
    expect(verified).toMatchObject([{ result: 'ok' }])
  })

  test('while a backup is verified: exit 2; what is not needed can be deleted on the full disk', async () => {
    const at = ['--backups-dir', disk.folder]
    const [backup] = (await toolkit.json('db_backup.ts', ['list', ...at])).backups
    const env = atStep(/^mkdtemp /, commands.fill(512))
    const run = await toolkit.run('db_backup.ts', ['verify', '--deep', ...at], { env })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
    expect(await leftOf(toolkit, disk.folder)).toEqual([])
    shell(`${commands.fill()}; ${commands.useUpInodes}`)
    await toolkit.ok('db_backup.ts', ['delete', backup.id, '--force', ...at])
    shell(commands.free)
    await toolkit.ok('save.ts', at)
    expect(await leftOf(toolkit, disk.folder)).toEqual([])
  })
})

describe.skipIf(!canStep)(`the disk of the temporary files is full${whyNoStep}`, () => {
  beforeAll(async () => {
    disk = await mountSmallDisk(1)
    commands = diskCommands(disk.folder, 1)
    // A disk with nothing on it still has room for a page.
    shell(`head -c 8192 /dev/zero >'${disk.folder}/something'`)
  })
  afterAll(() => disk.unmount())
  afterEach(() => shell(commands.free))

  test.each([
    ['the folder of the passfile (no inodes)', /^mkdtemp /, 'useUpInodes'],
    ['the passfile', /^writeFile .*pgpass$/, 'fill'],
  ] as const)('%s: exit 2, the words name that disk', async (_, when, how) => {
    const full = how === 'fill' ? commands.fill() : commands.useUpInodes
    const env = { ...atStep(when, full), TMPDIR: disk.folder }
    const run = await toolkit.run('save.ts', [], { env })
    expect(run.stderr).toMatch(stepReached)
    expect(outcome(run)).toMatch(ended(2))
    expect(run.stderr).toContain(`The disk of ${disk.folder} is full`)
    expect(run.stderr).toContain('TMPDIR')
    expect(await leftOf(toolkit)).toEqual([])
  })
})

test.skipIf(!canStep)(`the server's own disk is full: it is not blamed on ours${whyNoStep}`, async () => {
  const its = await mountSmallDisk(300)
  const other = await Toolkit.create(its.folder)
  try {
    await other.startDatabase()
    await other.sql('CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n')
    const { fill, free } = diskCommands(its.folder, 300)
    await mkdir(other.backupsDir, { recursive: true })
    const elsewhere = join(toolkit.home, 'backups of the other')
    const env = { BACKUPS_DIR: elsewhere, ...atStep(/^spawn docker run .*toolkit-save/, fill()) }
    const run = await other.run('save.ts', [], { env })
    expect(run.stderr).toMatch(stepReached)
    // PostgreSQL shuts down when it cannot write its WAL, and comes back with everything that was committed.
    expect(outcome(run)).toMatch(ended(1))
    expect(run.stderr).not.toContain('The disk of')
    shell(free)
    await other.startDatabase()
    expect(await other.sql('SELECT count(*)::int AS n FROM kept')).toEqual([{ n: 1000 }])
    await other.ok('save.ts', ['--backups-dir', elsewhere])
  } finally {
    await other.dispose()
    await its.unmount()
  }
})
