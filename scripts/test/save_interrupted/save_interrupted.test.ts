import { afterAll, beforeAll, expect, test } from 'vitest'
import { docker, noEngine } from '../helpers/place.ts'
import { eventually, historyOf, leftOf, slowly, startSlowSave } from '../helpers/saving.ts'
import { killProgram, killServer, programsAt } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

const volumesOf = async (container: string): Promise<string[]> => {
  if (noEngine) return []
  return (await docker('inspect', '--format', '{{range .Mounts}}{{println .Type .Name}}{{end}}', container))
    .split('\n')
    .filter(line => line.startsWith('volume '))
    .map(line => line.slice('volume '.length))
}

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends a save with 130 and leaves nothing', async signal => {
  const { child, done, container } = await startSlowSave(toolkit)
  const volumes = await volumesOf(container)
  child.kill(signal)
  const run = await done
  expect(run.code, run.stderr).toBe(130)
  expect(JSON.parse(run.stdout).error).toMatchObject({ kind: 'interrupted', code: 130 })
  expect(await leftOf(toolkit)).toEqual([])
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({ command: 'save', exit_code: 130 })
  // What an image declares as VOLUME the engine makes for each container, and keeps when only the container goes.
  const left = noEngine ? '' : await docker('volume', 'ls', '--quiet')
  expect(left.split('\n').filter(name => volumes.includes(name))).toEqual([])
})

test('a second save is refused with 6, names the first, and does not disturb it', async () => {
  const first = await startSlowSave(toolkit)
  const second = await toolkit.run('save.ts', ['--json'])
  expect(second.code, second.stderr).toBe(6)
  expect(JSON.parse(second.stdout).error.why).toContain(`process ${first.child.pid}`)
  expect(await programsAt(toolkit.backupsDir)).toEqual([first.container])
  first.child.kill('SIGINT')
  expect((await first.done).code).toBe(130)
})

test('pg_basebackup killed is exit 8 and leaves nothing', async () => {
  const { done, container } = await startSlowSave(toolkit)
  await killProgram(container)
  const run = await done
  expect(run.code, run.stderr).toBe(8)
  expect(run.stderr).toContain('pg_basebackup was killed')
  expect(await leftOf(toolkit)).toEqual([])
  expect((await historyOf(toolkit)).at(-1)).toMatchObject({ exit_code: 8 })
})

test('what a killed toolkit leaves is cleared away by the next save, which succeeds', async () => {
  const { child, done, container } = await startSlowSave(toolkit)
  child.kill('SIGKILL')
  await done
  expect(await leftOf(toolkit)).toContain(container)
  const run = await toolkit.ok('save.ts')
  expect(run.stderr).toMatch(/Removing cluster_backup_\d+_\d+\.partial/)
  expect(await leftOf(toolkit)).toEqual([])
  expect(await toolkit.json('db_backup.ts', ['verify', '--deep'])).toMatchObject([{ result: 'ok' }])
})

test('the server killed during a save is exit 1 and leaves nothing', async () => {
  const { done } = await startSlowSave(toolkit)
  await killServer(toolkit)
  const run = await done
  expect(run.code, run.stderr).toBe(1)
  expect(run.stderr).toContain('The connection to the server broke')
  expect(await leftOf(toolkit)).toEqual([])
  await toolkit.startDatabase()
})

test('a stop of the server during a save waits for nobody', async () => {
  const { done } = await startSlowSave(toolkit)
  await toolkit.ok('database.ts', ['stop'])
  const run = await done
  expect(run.code, run.stderr).toBe(1)
  expect(await leftOf(toolkit)).toEqual([])
  const down = await toolkit.run('save.ts', [...slowly])
  expect(down.code).toBe(1)
  expect(down.stderr).toContain('make start')
})

test('a save is interrupted while it still waits for its checkpoint', async () => {
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT g FROM generate_series(1, 1000000) g')
  const { child, done } = toolkit.start('save.ts', ['--checkpoint', 'spread'])
  await eventually('pg_basebackup runs', async () => (await programsAt(toolkit.backupsDir))[0])
  child.kill('SIGINT')
  const run = await done
  expect(run.code, run.stderr).toBe(130)
  expect(await leftOf(toolkit)).toEqual([])
})
