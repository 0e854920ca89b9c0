import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let before: number
beforeAll(async () => {
  before = process.umask(0o077)
  toolkit = await Toolkit.create()
})
afterAll(async () => {
  process.umask(before)
  await toolkit.dispose()
})

test('with umask 077 everything works, and nobody else can read a backup', async () => {
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE kept AS SELECT 1 AS n')
  const id = await toolkit.save()
  await toolkit.ok('restore_docker.ts', [id, '--yes'])
  await toolkit.ok('database.ts', ['start-restored'])
  expect(await toolkit.sql('SELECT * FROM kept')).toEqual([{ n: 1 }])
})

test('with umask 000 nobody else can read a backup either', async () => {
  process.umask(0o000)
  const id = await toolkit.save()
  process.umask(0o077)
  for (const name of ['.', ...(await readdir(toolkit.backup(id)))]) {
    const { mode } = await stat(join(toolkit.backup(id), name))
    expect(mode & 0o007, `${name} ${mode.toString(8)}`).toBe(0)
  }
  expect((await stat(toolkit.backupsDir)).mode & 0o077).toBe(0)
})
