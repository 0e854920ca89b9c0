import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Toolkit } from './toolkit.ts'

/**
 * initdb is most of what a first start costs, and nearly every scenario begins with one. So make start makes one cluster
 * before all of them, and they begin with copies of it, as it was when it was stopped. What is about the first start
 * itself calls the script. Files of another user can be copied by root alone; others start anew each time.
 */
const place = 'TOOLKIT_TEST_CLUSTER'

export async function makeTemplate(toolkit: Toolkit): Promise<void> {
  if (process.getuid?.() !== 0) return
  await toolkit.ok('database.ts', ['start'])
  await toolkit.ok('database.ts', ['stop'])
  process.env[place] = join(toolkit.home, 'mnt')
}

/** Puts a copy into a toolkit that has nothing yet. */
export async function copyTemplate(toolkit: Toolkit): Promise<void> {
  const template = process.env[place]
  const mnt = join(toolkit.home, 'mnt')
  if (template === undefined || existsSync(mnt)) return
  await promisify(execFile)('cp', ['-a', '--reflink=auto', template, mnt])
}
