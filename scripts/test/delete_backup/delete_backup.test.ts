import { existsSync } from 'node:fs'
import { cp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { historyOf, startSlowSave } from '../helpers/saving.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let original: string
const first = 'cluster_backup_20200101_000001'
const second = 'cluster_backup_20200101_000002'
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  original = await toolkit.save()
})
afterAll(() => toolkit.dispose())
beforeEach(async () => {
  for (const id of [first, second])
    await cp(toolkit.backup(original), toolkit.backup(id), { recursive: true, force: true })
})

const remove = (args: string[], input?: string) =>
  toolkit.run('db_backup.ts', ['delete', ...args], input === undefined ? {} : { input })
const isThere = (id: string) => existsSync(join(toolkit.backup(id), 'metadata.json'))
const backups = async () => (await readdir(toolkit.backupsDir)).filter(name => name.startsWith('cluster'))

test('asks, and no is no', async () => {
  const run = await remove([first], 'n\n')
  expect(run.code).toBe(130)
  expect(run.stderr).toMatch(new RegExp(`Delete ${first} \\(.*MB.*\\)\\?`))
  expect(isThere(first)).toBe(true)
})

test('asks, and yes deletes that one and no other', async () => {
  const run = await remove([first, '--json'], 'y\n')
  expect(run.code, run.stderr).toBe(0)
  expect(JSON.parse(run.stdout)).toMatchObject({ id: first, deleted: true })
  expect(await backups()).toEqual([second, original].sort())
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({ command: 'delete', exit_code: 0, backup: first })
})

test('--yes does not ask, and wants the whole id', async () => {
  const short = await remove(['20200101_000002', '--yes'])
  expect(short.code).toBe(4)
  expect(short.stderr).toMatch(/stands for cluster_backup_20200101_000002/)
  const run = await remove(['cluster_backup_20200101_000002', '--yes'])
  expect(run.code, run.stderr).toBe(0)
  expect(run.stderr).not.toContain('?')
  expect(await backups()).toEqual([first, original].sort())
})

test('--dry-run says what would go', async () => {
  const run = await remove([first, '--dry-run'])
  expect(run.code).toBe(0)
  expect(run.stdout).toContain(`Would delete ${first}`)
  expect(isThere(first)).toBe(true)
})

test.each([
  ['nobody to ask', [first], /This needs a yes/],
  ['no name', [], /Which backup\?/],
  ['an unknown one', ['cluster_backup_20010101_000000', '--yes'], /There is no backup/],
  ['the beginning of two', ['cluster_backup_20200101', '--yes'], /fits 2 backups/],
  ['a way out of the folder', ['../mnt', '--yes'], /There is no backup/],
  ['the folder of all', ['.', '--yes'], /There is no backup/],
])('usage: %s', async (_what, args, words) => {
  const run = await remove([...args])
  expect(run.code, run.stderr).toBe(4)
  expect(run.stderr).toMatch(words)
  expect(await backups()).toEqual([first, second, original].sort())
})

test('a damaged one can be deleted as well', async () => {
  await rm(join(toolkit.backup(first), 'base.tar.zst'))
  expect((await remove([first, '--yes'])).code).toBe(0)
  expect(await backups()).not.toContain(first)
})

test('a warning stands before the last good one goes', async () => {
  await remove([first, '--yes'])
  await remove([second, '--yes'])
  const run = await remove([original], 'n\n')
  expect(run.stderr).toContain('It is the last good backup here.')
  expect(isThere(original)).toBe(true)
})

test('not while another run is at work', async () => {
  const { child, done } = await startSlowSave(toolkit)
  const run = await remove([first, '--yes'])
  expect(run.code, run.stderr).toBe(6)
  expect(isThere(first)).toBe(true)
  child.kill('SIGINT')
  await done
})
