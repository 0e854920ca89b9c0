import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { image, testRuntime } from './place.ts'
import type { Toolkit } from './toolkit.ts'

/**
 * initdb is most of what a first start costs, and nearly every scenario begins with one. So make start makes one cluster
 * before all of them, and they begin with copies of it, as it was when it was stopped. What is about the first start
 * itself calls the script. Files of another user can be copied by root alone; others start anew each time.
 */
const variable = 'TOOLKIT_TEST_CLUSTER'
/** Some files of scenarios run elsewhere than the others: without the engine, say. Theirs is another cluster. */
const maker = JSON.stringify([testRuntime, image])

export async function makeTemplate(toolkit: Toolkit): Promise<void> {
  if (process.getuid?.() !== 0) return
  await toolkit.ok('database.ts', ['start'])
  await toolkit.ok('database.ts', ['stop'])
  process.env[variable] = `${maker}${join(toolkit.home, 'mnt')}`
}

/** Puts a copy into a toolkit that has nothing yet. */
export async function copyTemplate(toolkit: Toolkit): Promise<void> {
  const made = process.env[variable]
  const mnt = join(toolkit.home, 'mnt')
  if (!made?.startsWith(maker) || existsSync(mnt)) return
  await promisify(execFile)('cp', ['-a', '--reflink=auto', made.slice(maker.length), mnt])
}
