import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { basebackup, ended, outcome } from '../helpers/cluster.ts'
import { addTinyFiles, peakMemory } from '../helpers/many_entries.ts'
import { soak } from '../helpers/soak.ts'
import { type Run, Toolkit } from '../helpers/toolkit.ts'

/** Somebody else's backup of very many tiny files is listed, verified and restored in bounded memory. */
const count = soak ? 2_000_000 : 50_000
const megabytes = soak ? 1500 : 250
const title = soak
  ? 'two million entries'
  : '50,000 entries (two million, and a restore of them, with SOAK=1)'

let toolkit: Toolkit
let folder: string
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  folder = await basebackup(toolkit, 'many', '--format=tar', '--manifest-checksums=SHA256')
  await toolkit.ok('database.ts', ['stop'])
  await addTinyFiles(folder, count)
}, 600_000)
// Deleting two million files took longer than ten minutes on a busy machine.
afterAll(() => toolkit.dispose(), 3_600_000)

async function watched(script: string, args: string[]): Promise<Run & { peak: number; seconds: number }> {
  const started = performance.now()
  const { child, done } = toolkit.start(script, args)
  let peak = 0
  const watch = setInterval(async () => {
    peak = Math.max(peak, await peakMemory(child.pid))
  }, 100)
  const run = await done
  clearInterval(watch)
  const seconds = (performance.now() - started) / 1000
  console.info(`${script} ${args[0]}: ${count} entries, ${peak.toFixed(0)} MB, ${seconds.toFixed(0)} s`)
  return { ...run, peak, seconds }
}

test(`${title}: they are listed and verified`, { timeout: 3_600_000 }, async () => {
  const listed = await watched('db_backup.ts', ['list', '--json'])
  expect(outcome(listed)).toMatch(ended(0))
  expect(listed.peak).toBeLessThan(150)
  const verified = await watched('db_backup.ts', ['verify', '--deep', 'many', '--json'])
  expect(outcome(verified)).toMatch(ended(0))
  expect(JSON.parse(verified.stdout)).toMatchObject([{ result: 'ok' }])
  expect(verified.peak).toBeLessThan(megabytes)
  if (!soak) return
  const restored = await watched('restore_docker.ts', ['many', '--yes'])
  expect(outcome(restored)).toMatch(ended(0))
  expect(restored.peak).toBeLessThan(megabytes)
  const there = await toolkit.asRoot(`ls -f '${toolkit.dataDir}/base/1' | grep -c ^tiny_`)
  expect(Number(there)).toBe(count)
  await rm(join(folder, 'base.tar'))
})
