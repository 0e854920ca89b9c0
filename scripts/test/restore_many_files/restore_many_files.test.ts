import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { besideServer } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** As many as four thousand hypertables have; with SOAK=1 eight times as many. */
const files = process.env.SOAK ? 100_000 : 12_000
let toolkit: Toolkit
/** pg_basebackup copies whatever lies in a database's folder, and the manifest lists it. */
const inDatabase = (script: string) =>
  besideServer(toolkit, 'bash', '-euc', `cd "$PGDATA/base/$0"; ${script}`, '1')
const look = () => inDatabase('ls | grep -c ^many_; cat many_* | sha256sum')

beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await inDatabase(`seq ${files} | split -a 6 -d -l 1 - many_`)
})
afterAll(() => toolkit.dispose())

/** The most that the process itself ever held, in megabytes. */
function peakMemory(pid: number | undefined): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

test(`${files} files are saved and restored, in little memory`, async () => {
  const before = await look()
  expect(before).toMatch(new RegExp(`^${files}\n`))
  const id = await toolkit.save()
  await inDatabase('find . -name "many_00*" -delete')

  const { child, done } = toolkit.start('restore_docker.ts', [id, '--yes'])
  let peak = 0
  const watch = setInterval(() => {
    peak = Math.max(peak, peakMemory(child.pid))
  }, 50)
  const restored = await done
  clearInterval(watch)
  expect(outcome(restored)).toMatch(ended(0))
  const extracted = /Extracted (\d+) files/.exec(restored.stderr)?.[1]
  expect(Number(extracted)).toBeGreaterThan(files)
  expect(await look()).toBe(before)
  if (process.platform === 'linux') {
    expect(peak).toBeGreaterThan(20)
    expect(peak).toBeLessThan(200)
  }
})
