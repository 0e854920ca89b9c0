import { execFile } from 'node:child_process'
import { constants, existsSync } from 'node:fs'
import { copyFile, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../../documents/pages.ts'

const run = async (program: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(program, args, { cwd: root, maxBuffer: 1 << 26 })).stdout

/** The project as somebody has it who has just cloned it and let npm install its packages: no data, no settings. */
export async function copyProject(to: string): Promise<void> {
  // The checkout may belong to somebody else.
  const list = await run(
    ...(['git', '-c', `safe.directory=${root}`] as const),
    ...['ls-files', '-z', '--cached', '--others', '--exclude-standard'],
  )
  for (const file of list.split('\0').filter(name => name !== '' && existsSync(join(root, name)))) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await copyFile(join(root, file), join(to, file), constants.COPYFILE_FICLONE)
  }
  for (const folder of ['node_modules', 'example-app/node_modules']) {
    if (existsSync(join(root, folder))) await linkPackages(join(root, folder), join(to, folder))
  }
}

async function linkPackages(from: string, to: string): Promise<void> {
  // Links of files: quick, and removing or replacing them leaves ours. Between two disks there are none.
  await run('cp', '-al', from, to).catch(async () => {
    await rm(to, { recursive: true, force: true })
    await run('cp', '-a', from, to)
  })
  // By its time the scripts know whether npm ci is due. A copy of its own, for they set that time.
  const installed = '.package-lock.json'
  await rm(join(to, installed), { force: true })
  if (existsSync(join(from, installed))) await copyFile(join(from, installed), join(to, installed))
}
