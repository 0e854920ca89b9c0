import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { said } from '../helpers/cluster.ts'
import { serversAt } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
})
afterAll(() => toolkit.dispose())

const left = async () => ({
  server: await serversAt(join(toolkit.home, 'mnt/demo/postgres')),
  folder: existsSync(join(toolkit.home, 'mnt/demo')),
})
const nothing = { server: [], folder: false }

test('the demonstration ends with equal data, and leaves nothing', async () => {
  // As make demo DAYS=1 runs it; make demo itself is a line of docs/QUICKSTART.md, whose test runs it once more.
  const { stdout } = await toolkit.ok('demo.ts', [], { env: { DAYS: '1', TOOLKIT_MAKE_LINE: 'DAYS' } })
  expect(stdout).toMatch(/5 tables with [\d,]+ rows, the sequences and the jobs are what they were/)
  expect(await left()).toEqual(nothing)
  const report = await readFile(join(toolkit.home, 'reports/demo/latest/report.md'), 'utf8')
  expect(report).toContain('meteo_metrics')
})

test.each([
  ['while the data is loaded', /make sample/],
  ['while it saves', /Saving/],
  ['while it restores', /Restore cluster_backup/],
])('Ctrl-C %s cleans up', async (_when, words) => {
  const { child, done } = toolkit.start('demo.ts', ['--days', '1'])
  await said(child, words)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(await left()).toEqual(nothing)
})
