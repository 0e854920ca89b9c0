import { execFile } from 'node:child_process'
import { cp, mkdtemp, readdir, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { root } from '../../documents/pages.ts'

/**
 * To take the types away is most of what a start costs where Node.js cannot do it by itself, and the scenarios start
 * scripts by the thousand. So the compiler does it once for all of them, file by file: what runs is what runs otherwise.
 * The pages of the documents, the tools image and the demonstration still start as users do.
 */
const variable = 'TOOLKIT_TEST_STRIPPED'

/** Gives the folder that has to be deleted in the end. */
export async function stripTypes(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'toolkit-stripped-'))
  const emit = ['--noEmit', 'false', '--noCheck', '--rewriteRelativeImportExtensions']
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  await promisify(execFile)(process.execPath, [
    tsc,
    '-p',
    root,
    ...emit,
    '--rootDir',
    root,
    '--outDir',
    folder,
  ])
  // Whatever else a script looks for beside itself; and the project around it.
  const isCode = (name: string): boolean => /\.tsx?$|^node_modules$/.test(name)
  for (const part of ['scripts', 'example-app']) {
    await cp(join(root, part), join(folder, part), {
      recursive: true,
      filter: path => !relative(root, path).split('/').some(isCode),
    })
  }
  await symlink(join(root, 'example-app/node_modules'), join(folder, 'example-app/node_modules'))
  for (const name of await readdir(root)) {
    await symlink(join(root, name), join(folder, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
  process.env[variable] = folder
  return folder
}

export const removeStripped = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true })

/** What node is given to run one of our modules, and one that is loaded before it. */
export function nodeArguments(module: string, preload: readonly string[]): string[] {
  const folder = process.env[variable]
  const isStripped = folder !== undefined && module !== join(root, 'scripts/demo.ts')
  const place = (path: string): string =>
    isStripped ? join(folder, relative(root, path).replace(/\.ts$/, '.js')) : path
  const imports = [...(isStripped ? [] : [tsx]), ...preload.map(place)]
  return [...imports.flatMap(path => ['--import', path]), place(module)]
}

/** By its file: a test may run a script from anywhere. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href
