import { existsSync } from 'node:fs'
import { appendFile, cp, readdir, readFile, rm, stat, symlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Backup, openBackup, type Verified, writeVerified } from '../../catalog/catalog.ts'
import { whileReading } from '../../catalog/lock.ts'
import { openMetadata, type PhysicalMetadata, sealMetadata, type Unsigned } from '../../catalog/metadata.ts'
import { BackupManager } from '../../operations/backup_manager.ts'
import type { CleanedBackup } from '../../operations/cleanup.ts'
import { atStep, stepReached } from '../helpers/at_step.ts'
import { eventually, historyOf, startSlowSave } from '../helpers/saving.ts'
import { type RunOptions, Toolkit } from '../helpers/toolkit.ts'

/** Real backups, of which some say that they are older than they are. */
let toolkit: Toolkit
let original: string
let second: string
const dayOf = (days: number) => new Date(Date.now() - days * 86_400_000)
const old = 'cluster_backup_20200101_000001'
const older = 'cluster_backup_20200101_000002'
const damaged = 'cluster_backup_20200101_000003'
const undescribed = 'cluster_backup_20200101_000004'
const foreign = 'of somebody else'
const everything = () => [original, second, old, older, damaged, undescribed, foreign].sort()

/** Writes down that it was verified, and how that ended. */
const judge = async (id: string, verified: Verified) =>
  writeVerified((await openBackup(toolkit.backup(id))) as Backup, verified)

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  original = await toolkit.save()
  second = await toolkit.save('--compress', 'none')
})
afterAll(() => toolkit.dispose())
beforeEach(async () => {
  for (const name of await readdir(toolkit.backupsDir)) {
    if (name !== original && name !== second) await rm(toolkit.backup(name), { recursive: true })
  }
  for (const id of [original, second]) await rm(join(toolkit.backup(id), 'verified.json'), { force: true })
  await copyOf(old, 40)
  await copyOf(older, 50)
  await copyOf(damaged, 60)
  await rm(join(toolkit.backup(damaged), 'base.tar.zst'))
  await copyOf(undescribed, 70)
  await rm(join(toolkit.backup(undescribed), 'metadata.json'))
  await copyOf(foreign, 80)
  await rm(join(toolkit.backup(foreign), 'metadata.json'))
  for (const id of [undescribed, foreign])
    await utimes(join(toolkit.backup(id), 'backup_manifest'), dayOf(80), dayOf(80))
})

async function copyOf(
  id: string,
  days: number,
  changes: Partial<Unsigned<PhysicalMetadata>> = {},
): Promise<void> {
  await cp(toolkit.backup(original), toolkit.backup(id), { recursive: true })
  await seal(id, { id, started_at: dayOf(days).toISOString(), ...changes })
}

async function seal(id: string, changes: Partial<Unsigned<PhysicalMetadata>>): Promise<void> {
  const path = join(toolkit.backup(id), 'metadata.json')
  const { metadata_sha256: _, ...document } = openMetadata(await readFile(path, 'utf8'))
  await rm(path)
  await appendFile(path, sealMetadata({ ...document, ...changes }))
}

const cleanup = (args: string[] = [], options: RunOptions = {}) =>
  toolkit.run('db_backup.ts', ['cleanup', ...args], options)
const there = async () =>
  (await readdir(toolkit.backupsDir)).filter(name => !/^(\.lock|history\.jsonl)$/.test(name)).sort()
const lastRun = async () => (await historyOf(toolkit)).at(-1)
const failed: Verified = { at: new Date().toISOString(), level: 'deep', result: 'failed', problems: ['x'] }

test('DRY_RUN=1 says of each why it stays or goes, and changes nothing', async () => {
  const run = await cleanup(['--dry-run'])
  expect(run.code, run.stderr).toBe(0)
  const lines = [
    `keep +${second} .*younger than 30 days; the newest good one of its cluster$`,
    `keep +${original} .*younger than 30 days$`,
    `keep +${foreign} .*not made by this toolkit$`,
    `keep +${undescribed} .*its metadata.json cannot be read: nobody can say what it is of$`,
    `remove +${damaged} .*older than 30 days; not whole, and there is a newer good one$`,
    `remove +${older} .*older than 30 days$`,
    `remove +${old} .*older than 30 days$`,
    'Would delete 3 of 7 backups .*B\\), in ',
  ]
  for (const line of lines) expect(run.stdout).toMatch(new RegExp(`^${line}`, 'm'))
  expect(await there()).toEqual(everything())
  expect(await historyOf(toolkit)).toEqual([])
})

test('asks with what goes and why, and yes deletes that and nothing else', async () => {
  const bytes = (await sizeOf(old)) + (await sizeOf(older))
  const run = await cleanup(['--json'], { input: 'y\n' })
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).toMatch(new RegExp(`${older} .*older than 30 days\n`))
  expect(run.stderr).toMatch(/Delete these 3 of 7 backups \(.*B\)\? \[y\/N\]/)
  expect(await there()).toEqual([original, second, undescribed, foreign].sort())
  const { backups, freed_bytes } = JSON.parse(run.stdout)
  expect(backups.flatMap((b: CleanedBackup) => (b.removed ? b.id : []))).toEqual([damaged, older, old])
  expect(freed_bytes).toBe(bytes)
  expect(await lastRun()).toMatchObject({
    command: 'cleanup',
    exit_code: 0,
    backup: `${damaged} ${older} ${old}`,
  })
  const again = await cleanup(['--yes'])
  expect(again.code, again.stderr).toBe(0)
  expect(again.stdout).toMatch(/^Nothing to delete of 4 backups\. DRY_RUN=1/)
})

const sizeOf = async (id: string): Promise<number> =>
  openMetadata(await readFile(join(toolkit.backup(id), 'metadata.json'), 'utf8')).backup_size_bytes

test('a program does the same by the class, and is not asked', async () => {
  const manager = new BackupManager({ BACKUPS_DIR: toolkit.backupsDir, BACKUP_RETENTION_DAYS: 45 })
  const actions = ({ backups }: { backups: CleanedBackup[] }) =>
    backups.flatMap(b => (b.action === 'remove' ? [[b.id, b.removed]] : []))
  expect(actions(await manager.cleanup({ DRY_RUN: true }))).toEqual([
    [damaged, false],
    [older, false],
  ])
  expect(await there()).toEqual(everything())
  expect(actions(await manager.cleanup())).toEqual([
    [damaged, true],
    [older, true],
  ])
  expect(await manager.stats()).toMatchObject({ count: 5, groups: [{ count: 4 }, { foreign: true }] })
})

test.each([
  ['no is no', 'n\n', 130, /Declined. Nothing was changed/],
  ['nobody to ask', '', 4, /This needs a yes, and there is no terminal/],
])('%s', async (_what, input, code, words) => {
  const run = await cleanup([], { input })
  expect(run.code).toBe(code)
  expect(run.stderr).toMatch(words)
  expect(await there()).toEqual(everything())
})

test('a rule that nobody can mean is refused, and so are all of them', async () => {
  const [zero, none] = ['0', 'x']
  const env = { BACKUP_KEEP_MIN: zero, BACKUP_RETENTION_DAYS: zero, BACKUP_RETENTION_DAYS_DUMP: none }
  const run = await cleanup(['--yes'], { env: { ...env, BACKUP_KEEP_DAILY: '-1' } })
  expect(run.code).toBe(4)
  for (const words of [
    /BACKUP_KEEP_MIN “0” .* must be a whole number from 1 to/,
    /BACKUP_RETENTION_DAYS “0” .* from 1 to 36500/,
    /BACKUP_RETENTION_DAYS_DUMP “x” .* from 1 to 36500/,
    /BACKUP_KEEP_DAILY “-1” .* from 0 to/,
  ])
    expect(run.stderr).toMatch(words)
  expect(await there()).toEqual(everything())
})

test('the last good one stays, however old, and one of each group', async () => {
  await judge(original, failed)
  await judge(second, failed)
  await seal(older, { environment: 'prod' })
  const run = await cleanup(['--yes', '--backup-retention-days', '1'])
  expect(run.code, run.stderr).toBe(0)
  // The two that failed are young. The damaged one goes, for the old one is newer.
  expect(await there()).toEqual(everything().filter(id => id !== damaged))
})

test('the rules come from the settings', async () => {
  const env = { BACKUP_RETENTION_DAYS: '1', BACKUP_RETENTION_DAYS_FULL: '45', BACKUP_KEEP_YEARLY: '9' }
  const run = await cleanup(['--dry-run'], { env })
  expect(run.stdout).toMatch(new RegExp(`keep +${old} .*younger than 45 days`))
  expect(run.stdout).toMatch(new RegExp(`keep +${second} .*; the newest of 20\\d\\d\n`))
})

describe('one that is being read', () => {
  test('is left and named, the others go: 7', async () => {
    const run = await whileReading(toolkit.backup(older), () => cleanup(['--yes']))
    expect(run.code, run.stderr).toBe(7)
    expect(run.stdout).toMatch(/^Deleted 2 of 7 backups \(.*\)\. Left: 1, as said above\.$/m)
    expect(run.stderr).toMatch(
      new RegExp(`^warning: ${older} was left: .* is being read by another run\\.$`, 'm'),
    )
    expect(await there()).toEqual([original, second, undescribed, foreign, older].sort())
    expect(await toolkit.json('db_backup.ts', ['verify', older])).toMatchObject([{ result: 'ok' }])
    expect(await historyOf(toolkit)).toMatchObject([
      { exit_code: 7, backup: `${damaged} ${old}`, result: expect.stringContaining(older) },
    ])
  })

  test('keeps what it is made of', async () => {
    await seal(old, { type: 'incremental', parent_id: older })
    const run = await whileReading(toolkit.backup(old), () => cleanup(['--yes']))
    expect(run.code, run.stderr).toBe(7)
    expect(run.stderr).toContain(`warning: ${older} was left: ${old} needs it`)
    expect(await there()).toEqual(everything().filter(id => id !== damaged))
  })
})

test('what is not as it was when it was asked about is left', async () => {
  const { child, done } = toolkit.start('db_backup.ts', ['cleanup'], { dialogue: true })
  let asked = ''
  child.stderr?.on('data', chunk => {
    asked += chunk
  })
  await eventually('the question', async () => asked.includes('?'))
  await judge(original, failed)
  await judge(second, failed)
  await rm(toolkit.backup(damaged), { recursive: true })
  child.stdin?.end('y\n')
  const run = await done
  expect(run.code, run.stderr).toBe(7)
  expect(run.stderr).toContain(
    `warning: ${old} was left: by now it is to stay: the newest good one of its cluster`,
  )
  expect(run.stderr).toContain(`${damaged} is gone already.`)
  expect(await there()).toEqual(everything().filter(id => id !== damaged && id !== older))
})

test('a link to a backup elsewhere is not followed', async () => {
  const elsewhere = join(toolkit.home, 'elsewhere')
  await rm(elsewhere, { recursive: true, force: true })
  await cp(toolkit.backup(old), elsewhere, { recursive: true })
  await symlink(elsewhere, toolkit.backup('linked'))
  const run = await cleanup(['--yes', '--json'])
  expect(run.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout).backups).toContainEqual(
    expect.objectContaining({ id: 'linked', action: 'keep', reasons: ['a link to a backup elsewhere'] }),
  )
  expect(existsSync(join(elsewhere, 'metadata.json'))).toBe(true)
})

test('not while another run is at work: 6', async () => {
  const { child, done } = await startSlowSave(toolkit)
  const run = await cleanup(['--yes'])
  expect(run.code, run.stderr).toBe(6)
  child.kill('SIGINT')
  await done
  expect(await there()).toEqual(everything())
})

describe('stopped in the middle', () => {
  const atFirst = (signal: string) => atStep(/^rm .*\.partial/, `kill -${signal} $PPID`)

  test('killed: the next one does the rest', async () => {
    const run = await cleanup(['--yes'], { env: atFirst('KILL') })
    expect(run.code).toBe(-1)
    expect(await there()).toContain(`${damaged}.partial`)
    expect(await toolkit.json('db_backup.ts', ['list'])).toMatchObject({ backups: { length: 6 } })
    const rest = await cleanup(['--yes'])
    expect(rest.code, rest.stderr).toBe(0)
    expect(rest.stderr).toContain(`Removing ${damaged}.partial, which an earlier run left unfinished.`)
    expect(await there()).toEqual([original, second, undescribed, foreign].sort())
  })

  test('Ctrl-C: what was begun is ended, the rest is left: 7', async () => {
    const run = await cleanup(['--yes'], { env: atFirst('INT') })
    expect(run.stderr).toMatch(stepReached)
    expect(run.code, run.stderr).toBe(7)
    expect(run.stderr).toContain(`warning: ${old} was left: interrupted before its turn came`)
    expect(await there()).toEqual(everything().filter(id => id !== damaged))
  })
})

describe('stats', () => {
  test('are the numbers of what is there', async () => {
    await toolkit.ok('db_backup.ts', ['verify', old])
    await judge(older, failed)
    const { backups } = await toolkit.json('db_backup.ts', ['list'])
    const ours = backups.filter((b: { foreign: boolean }) => !b.foreign)
    const stats = await toolkit.json('db_backup.ts', ['stats'])
    const bytes = (list: { backup_size_bytes: number }[]) =>
      list.reduce((total, { backup_size_bytes }) => total + backup_size_bytes, 0)
    expect(stats).toMatchObject({ count: 7, total_bytes: bytes(backups), groups: { length: 2 } })
    const [group, theirs] = stats.groups
    expect(group).toMatchObject({
      ...{ kind: 'physical', database: null, foreign: false, count: 6, total_bytes: bytes(ours) },
      ...{ never_verified: 1, failed: 1, damaged: 2 },
      newest_at: ours[0].at,
      oldest_at: ours.at(-1).at,
      last_size_bytes: await sizeOf(second),
    })
    const whole = ours.filter((b: { damage: string | null }) => b.damage === null)
    const days = (Date.parse(whole[0].at) - Date.parse(whole.at(-1).at)) / 86_400_000
    expect(days).toBeGreaterThan(49)
    expect(group.growth_bytes_per_day).toBe(
      Math.round(((await sizeOf(second)) - (await sizeOf(older))) / days),
    )
    expect(theirs).toMatchObject({ foreign: true, count: 1, never_verified: 1, average_ratio: null })
    expect(theirs.total_bytes).toBe(await folderBytes(toolkit.backup(foreign)))
  })

  const folderBytes = async (folder: string): Promise<number> => {
    const archives = (await readdir(folder)).filter(name => name.includes('.tar'))
    const sizes = await Promise.all(archives.map(async name => (await stat(join(folder, name))).size))
    return sizes.reduce((a, b) => a + b)
  }

  test('have the runs, and the words of the last failure; a damaged line is counted', async () => {
    await toolkit.run('save.ts', [], { env: { PGPASSWORD: 'wrong' } })
    await cleanup(['--yes'])
    await appendFile(join(toolkit.backupsDir, 'history.jsonl'), '{"at":"2026-\n')
    const { history } = await toolkit.json('db_backup.ts', ['stats'])
    expect(history).toMatchObject({
      damaged_lines: 1,
      commands: [
        { command: 'cleanup', runs: 1, failures: 0, last_failure: null },
        { command: 'save', runs: 1, failures: 1, last_failure: { exit_code: 1, result: expect.any(String) } },
      ],
    })
    const { stdout } = await toolkit.ok('db_backup.ts', ['stats'])
    expect(stdout).toContain(history.commands[1].last_failure.result)
    expect(stdout).toMatch(/lines that cannot be read, and were passed over: 1/)
    expect(stdout).toMatch(/^physical +3 /m)
    expect(stdout).toMatch(/^foreign +1 /m)
  })

  test('of a folder that is not there yet', async () => {
    const empty = join(toolkit.home, 'none yet')
    const { stdout } = await toolkit.ok('db_backup.ts', ['stats', '--backups-dir', empty])
    expect(stdout).toMatch(/^There are no backups in .*none yet\.\n\nNo run has been recorded/)
    expect((await toolkit.ok('db_backup.ts', ['cleanup', '--backups-dir', empty])).stdout).toMatch(
      /^There are no/,
    )
    expect(existsSync(empty)).toBe(false)
  })
})
