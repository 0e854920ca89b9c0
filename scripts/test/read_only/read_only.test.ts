import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { digestOf, ended, outcome } from '../helpers/cluster.ts'
import { leftOf } from '../helpers/saving.ts'
import { canStep, readOnlyCommands, shell, whyNoStep } from '../helpers/small_disk.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** A place is read-only from the beginning, or turns so in the middle: exit 5, in words, and nothing is lost. */
let toolkit: Toolkit
let id: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await writeFile(join(toolkit.home, '.env'), 'PGPASSWORD=first\n')
  await toolkit.ok('database.ts', ['start'], { env: fromDotenv })
  id = JSON.parse((await toolkit.ok('save.ts', ['--json'], { env: fromDotenv })).stdout).metadata.id
})
afterAll(() => toolkit.dispose())
const fromDotenv = { PGPASSWORD: '' }

async function readOnly<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const { turn, back } = readOnlyCommands(folder)
  shell(turn)
  try {
    return await work()
  } finally {
    shell(back)
  }
}

async function turningReadOnly(
  folder: string,
  when: RegExp,
  script: string,
  args: string[],
): Promise<string> {
  const { turn, back } = readOnlyCommands(folder)
  const run = await toolkit.run(script, args, { env: { ...fromDotenv, ...atStep(when, turn) } })
  shell(back)
  expect(run.stderr).toMatch(stepReached)
  expect(outcome(run)).toMatch(ended(5))
  return run.stderr
}

describe.skipIf(!canStep)(`BACKUPS_DIR${whyNoStep}`, () => {
  test.each([
    ['before pg_basebackup writes', /^spawn docker run .*toolkit-save/],
    ['before metadata.json is written', /^open .*metadata\.json\.partial$/],
  ])('turns read-only %s: exit 5; the next save clears up', async (_, when) => {
    const stderr = await turningReadOnly(toolkit.backupsDir, when, 'save.ts', [])
    expect(stderr).toMatch(/read-only/i)
    await toolkit.ok('save.ts', [], { env: fromDotenv })
    expect(await leftOf(toolkit)).toEqual([])
  })

  test('read-only: backups are listed, verified and restored from it', () =>
    readOnly(toolkit.backupsDir, async () => {
      const verified = await toolkit.json('db_backup.ts', ['verify', '--deep', id], { env: fromDotenv })
      expect(verified).toMatchObject([{ result: 'ok' }])
      await toolkit.ok('restore_docker.ts', [id, '--dry-run'], { env: fromDotenv })
      const run = await toolkit.run('db_backup.ts', ['delete', id, '--force'], { env: fromDotenv })
      expect(outcome(run)).toMatch(ended(5))
    }))
})

describe.skipIf(!canStep)(`the folder of DATA_DIR${whyNoStep}`, () => {
  const parent = () => dirname(toolkit.dataDir)

  test('read-only: start and restore are exit 5, the running database goes on', () =>
    readOnly(parent(), async () => {
      const run = await toolkit.run('restore_docker.ts', [id, '--yes'], { env: fromDotenv })
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toContain(parent())
      const status = await toolkit.json('database.ts', ['status'], { env: fromDotenv })
      expect(status).toMatchObject({ state: 'running', databases: 1 })
    }))

  test('turns read-only while a restore is made ready: exit 5, the former data as it was', async () => {
    await toolkit.ok('database.ts', ['stop'])
    const before = await digestOf(toolkit)
    for (const when of [/^spawn docker .*toolkit-unpack.*base\.tar/, /^spawn docker .*toolkit-finish/]) {
      await turningReadOnly(parent(), when, 'restore_docker.ts', [id, '--yes'])
      expect(await digestOf(toolkit)).toContain(before.split('\n').at(-1))
    }
    // Its remains could not be removed there and then: the next restore does it.
    await toolkit.ok('restore_docker.ts', [id, '--yes'], { env: fromDotenv })
    expect(await toolkit.remains()).toEqual([])
    await toolkit.ok('database.ts', ['start-restored'], { env: fromDotenv })
  })

  test('a stopped database is not started on a read-only disk: exit 5', async () => {
    await toolkit.ok('database.ts', ['stop'])
    await readOnly(parent(), async () => {
      expect(outcome(await toolkit.run('database.ts', ['start'], { env: fromDotenv }))).toMatch(ended(5))
    })
    await toolkit.ok('database.ts', ['start'], { env: fromDotenv })
  })
})

test.skipIf(!canStep)(
  `the folder of temporary files is read-only: exit 5, TMPDIR is named${whyNoStep}`,
  async () => {
    const folder = join(toolkit.home, 'tmp')
    await mkdir(folder)
    await readOnly(folder, async () => {
      // By make, which sees to it that node itself can do without the folder. It answers 2 to every failure.
      const options = { env: { ...toolkit.env, ...fromDotenv, TMPDIR: folder }, encoding: 'utf8' } as const
      const run = spawnSync('make', ['-C', join(import.meta.dirname, '../../../db'), 'save'], options)
      expect(run.status).toBe(2)
      expect(run.stderr).toContain(`Nothing can be written in ${folder}`)
      expect(run.stderr).toContain('TMPDIR')
    })
  },
)

const dotenv = () => join(toolkit.home, '.env')
const lacksChattr = !canStep || spawnSync('chattr', ['-V']).error !== undefined
const whyNoChattr = lacksChattr ? ' (not run: takes root and chattr)' : ''
test.skipIf(lacksChattr)(
  `db/.env cannot be changed (chattr +i): exit 5, the old password stays${whyNoChattr}`,
  async () => {
    const before = await readFile(dotenv(), 'utf8')
    execFileSync('chattr', ['+i', dotenv()])
    try {
      const run = await toolkit.run('database.ts', ['set-password'], { env: fromDotenv })
      expect(outcome(run)).toMatch(ended(5))
      expect(run.stderr).toContain('.env')
    } finally {
      execFileSync('chattr', ['-i', dotenv()])
    }
    expect(await readFile(dotenv(), 'utf8')).toBe(before)
    expect(await toolkit.json('database.ts', ['status'], { env: fromDotenv })).toMatchObject({ databases: 1 })
  },
)
