import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { besideData, ended, formers, outcome, said } from '../helpers/cluster.ts'
import { programsOf } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
let id: string
const rows = async () => Number((await toolkit.sql('SELECT count(*) FROM t'))[0].count)
const begin = () => toolkit.start('restore_docker.ts', [id, '--yes'])

/** 1000 rows are saved, 1001 are there. */
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE TABLE t AS SELECT generate_series(1, 1000) AS n')
  id = await toolkit.save()
  await toolkit.sql('INSERT INTO t VALUES (1001)')
})
afterAll(() => toolkit.dispose())

async function expectNothingLeft(pid: number | undefined): Promise<void> {
  expect(await toolkit.remains()).toEqual([])
  expect(await programsOf(toolkit, pid)).toEqual([])
}

describe('interrupted before the swap: 130, the former database runs on', () => {
  test.each([
    ['while checking', /Checking/, 'SIGINT'],
    ['when unpacking begins', /Restore cluster_backup/, 'SIGTERM'],
    ['while it is made ready', /Extracted/, 'SIGINT'],
    ['while the database stops', /Stopping/, 'SIGTERM'],
  ] as const)('%s', async (_, words, signal) => {
    const before = await besideData(toolkit)
    const { child, done } = begin()
    await said(child, words)
    child.kill(signal)
    expect(outcome(await done)).toMatch(ended(130))
    expect(await rows()).toBe(1001)
    expect(await besideData(toolkit)).toEqual(before)
    await expectNothingLeft(child.pid)
  })
})

test('interrupted after the swap: what was restored is there', async () => {
  const { child, done } = begin()
  await said(child, /Restored size/)
  child.kill('SIGINT')
  expect(outcome(await done)).toMatch(ended(0))
  await expectNothingLeft(child.pid)
  await toolkit.ok('database.ts', ['start-restored'])
  expect(await rows()).toBe(1000)
  expect(await formers(toolkit)).toHaveLength(1)
})

test('interrupted at any moment: the one or the other, whole', async () => {
  const results = new Set<number>()
  for (let milliseconds = 300; milliseconds < 3500; milliseconds += 400) {
    const present = (await rows()) === 1000 ? await toolkit.sql('INSERT INTO t VALUES (1001)') : []
    expect(present).toEqual([])
    const { child, done } = begin()
    await Promise.race([sleep(milliseconds), done])
    child.kill('SIGINT')
    const { code, stderr } = await done
    // -1: the signal came before there was anything that could answer to it.
    expect([0, 130, -1], stderr).toContain(code)
    results.add(code)
    await expectNothingLeft(child.pid)
    if (code === 0) await toolkit.ok('database.ts', ['start-restored'])
    expect(await rows(), `after ${milliseconds} ms: ${stderr}`).toBe(code === 0 ? 1000 : 1001)
  }
  expect(results).toContain(130)
})

test('killed: the next restore takes the remains away', async () => {
  const { child, done } = begin()
  await said(child, /Extracted/)
  child.kill('SIGKILL')
  await done
  expect(await toolkit.remains()).not.toEqual([])
  const next = await toolkit.run('restore_docker.ts', [id, '--yes'])
  expect(outcome(next)).toMatch(ended(0))
  expect(next.stderr).toMatch(/Removing postgres\.restoring-/)
  await expectNothingLeft(child.pid)
  expect(await rows()).toBe(1000)
})

test('two at once: the second is told who is at work', async () => {
  const lock = join(dirname(toolkit.dataDir), '.lock')
  const first = begin()
  while (!(await readFile(lock, 'utf8')).includes(`process ${first.child.pid} `)) await sleep(20)
  first.child.kill('SIGSTOP')
  try {
    const second = await toolkit.run('restore_docker.ts', [id, '--yes'])
    expect(outcome(second)).toMatch(ended(6))
    expect(second.stderr).toContain(`restore, process ${first.child.pid} `)
  } finally {
    first.child.kill('SIGCONT')
  }
  expect(outcome(await first.done)).toMatch(ended(0))
  expect(await rows()).toBe(1000)
})

test('cut off between its two renames: start refuses, and says how to go on', async () => {
  await toolkit.sql('INSERT INTO t VALUES (1001)')
  await toolkit.ok('database.ts', ['stop'])
  // What a power cut at that moment leaves.
  const former = `${toolkit.dataDir}.before-restore-29990101_000000`
  await toolkit.asRoot(
    `mv '${toolkit.dataDir}' '${former}'; mv '${toolkit.dataDir}.cluster.json' '${former}.cluster.json'`,
  )
  const refused = await toolkit.run('database.ts', ['start'])
  expect(outcome(refused)).toMatch(ended(5))
  expect(await readdir(dirname(toolkit.dataDir))).not.toContain('postgres')

  // The words of the hint, typed in.
  const commands = refused.stderr.split('\n').flatMap(line => /mv '.*'$/.exec(line)?.[0] ?? [])
  expect(commands.length).toBeGreaterThan(0)
  await toolkit.asRoot(commands.join('\n'))
  await toolkit.startDatabase()
  expect(await rows()).toBe(1001)
  expect(await besideData(toolkit)).toContain('postgres.cluster.json')
})
