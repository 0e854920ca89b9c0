import { afterAll, beforeAll, expect, test } from 'vitest'
import { historyOf, leftOf } from '../helpers/saving.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let id: string

/** A saved cluster, and then a page that the disk has changed. */
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  id = await toolkit.save()
  const [{ path }] = await toolkit.sql("SELECT pg_relation_filepath('t') AS path")
  await toolkit.ok('database.ts', ['stop'])
  await toolkit.asRoot(
    `printf oops | dd of='${toolkit.dataDir}/${path}' bs=1 seek=8000 conv=notrunc status=none`,
  )
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

test('damaged data is not saved: exit 3, says whose it is, and leaves nothing', async () => {
  const run = await toolkit.run('save.ts')
  expect(run.code, run.stderr).toBe(3)
  expect(run.stderr).toContain('The server’s own data is damaged')
  expect(run.stderr).toMatch(/checksum verification failed in file/)
  expect(await leftOf(toolkit)).toEqual([])
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({ command: 'save', exit_code: 3 })
})

test('the last whole backup brings the data back', async () => {
  await expect(toolkit.sql('SELECT sum(n) FROM t')).rejects.toThrow('invalid page')
  await toolkit.ok('restore_docker.ts', [id, '--force'])
  expect(await toolkit.sql('SELECT sum(n)::int AS sum FROM t')).toEqual([{ sum: 500500 }])
})
