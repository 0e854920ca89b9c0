import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { historyOf, leftOf } from '../helpers/saving.ts'
import { type Run, Toolkit } from '../helpers/toolkit.ts'

const db = join(import.meta.dirname, '../../../db')
const label = `it's "ours" ✓ $HOME \\ %`

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

/** The real Makefile, with somebody's shell that exports what it must not. */
function make(...args: string[]): Promise<Run> {
  const fromTheShell = { LABEL: 'from the shell', FORCE: '1', YES: '1', DRY_RUN: '1', COMPRESS: 'lz4' }
  return new Promise(resolve => {
    const child = execFile(
      'make',
      ['-C', db, '--no-print-directory', ...args],
      { env: { ...toolkit.env, ...fromTheShell } },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
    )
    child.stdin?.end()
  })
}

test('--dry-run prints the plan and changes nothing', async () => {
  const { plan } = await toolkit.json('save.ts', ['--dry-run', '--label', label])
  expect(plan.argv[0]).toBe('pg_basebackup')
  expect(plan.argv).toContain(`--label=${label}`)
  expect(plan.estimated_bytes).toBeGreaterThan(0)
  expect(existsSync(toolkit.backupsDir)).toBe(false)
  const text = await toolkit.ok('save.ts', ['--dry-run'])
  expect(text.stdout).toMatch(
    /Would save as cluster_backup_\d{8}_\d{6}[\s\S]*pg_basebackup[\s\S]*--wal-method=stream/,
  )
  expect(existsSync(toolkit.backupsDir)).toBe(false)
})

test('a success is one JSON document; the file on disk says the same', async () => {
  const run = await toolkit.ok('save.ts', ['--json', '--verbose', '--label', label])
  const { folder, metadata, seconds } = JSON.parse(run.stdout)
  expect(folder).toBe(toolkit.backup(metadata.id))
  expect(seconds).toBeGreaterThan(0)
  expect(metadata).toMatchObject({ label, environment: 'dev', kind: 'physical', parent_id: null })
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  expect(backups).toMatchObject([{ id: metadata.id, label, backup_size_bytes: metadata.backup_size_bytes }])
  expect(metadata).toEqual(JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')))
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({
    command: 'save',
    exit_code: 0,
    backup: metadata.id,
  })
})

test('a failure is one JSON document as well', async () => {
  const run = await toolkit.run('save.ts', ['--json', '--port', '1'])
  expect(run.code).toBe(1)
  const { error } = JSON.parse(run.stdout)
  expect(error).toMatchObject({ kind: 'connection', code: 1 })
  expect(error.what + error.hint).toContain('make start')
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({
    command: 'save',
    exit_code: 1,
    result: error.what,
  })
})

test('--quiet says nothing when all is well', async () => {
  expect(await toolkit.ok('save.ts', ['--quiet'])).toEqual({ code: 0, stdout: '', stderr: '' })
})

test('make save LABEL=… keeps every character; what the shell exports does not count', async () => {
  const run = await make('save', `LABEL=${label.replaceAll('$', '$$$$')}`)
  expect(run.code, run.stderr).toBe(0)
  expect(run.stdout).toContain('restore it with: make restore BACKUP_DIR=cluster_backup_')
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  expect(backups[0].label).toBe(label)
  expect(await readdir(backups[0].folder)).toContain('base.tar.zst')
})

test('make save without a label has none, and the alias make backup is the same', async () => {
  expect((await make('backup')).code).toBe(0)
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  expect(backups[0].label).toBeNull()
})

test('FORCE from the shell does not delete; on the make line it does', async () => {
  const { backups } = await toolkit.json('db_backup.ts', ['list'])
  const { id } = backups[0]
  const asked = await make('delete', `ID=${id}`)
  expect(asked.code).toBe(2)
  expect(asked.stderr).toContain('This needs a yes')
  expect(existsSync(toolkit.backup(id))).toBe(true)
  expect((await make('delete', `ID=${id}`, 'FORCE=1')).code).toBe(0)
  expect(existsSync(toolkit.backup(id))).toBe(false)
  expect(await leftOf(toolkit)).toEqual([])
})
