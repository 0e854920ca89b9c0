import { existsSync } from 'node:fs'
import { readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fsyncPath, makeFolder } from '../catalog/durable.ts'
import { ToolkitError } from '../errors.ts'
import type { RestorePlan } from '../plan/restore.ts'
import { recordPath } from '../postgres/cluster_record.ts'
import { dataProgram } from '../postgres/data_directory.ts'
import { diskTrouble } from '../postgres/unpack.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'

/**
 * The folders of a restore: making them, swapping them, taking them away. A data directory and the folder of all
 * tablespaces belong to the server's user, so what is inside them is touched by root helpers only.
 */
type Image = Pick<ImageFacts, 'image'>

/** Programs of a restore that outlive it when it is killed. */
const programs = ['unpack', 'copy', 'finish', 'recover', 'clear']

async function inside(
  runtime: Runtime,
  image: Image,
  folder: string,
  script: string,
  args: string[] = [],
): Promise<void> {
  const program = dataProgram('clear', image, [{ path: folder, mode: 'rw' }], script, folder, ...args)
  const output = await runtime.run(program)
  if (output.code === 0) return
  const full = diskTrouble(folder, output.stderr)
  throw full ?? new ToolkitError('failed', { what: `${folder} cannot be changed.`, why: output.stderr })
}

/** Deletes what is in a folder, and leaves the folder. The control file goes first: what is cut off cannot start. */
export const clearFolder = (runtime: Runtime, image: Image, folder: string): Promise<void> =>
  inside(runtime, image, folder, 'rm -f -- "$1/global/pg_control"; find "$1" -mindepth 1 -delete')

/** Its files belong to the postgres user, the folder itself to us. */
export async function removeFolder(runtime: Runtime, image: Image, folder: string): Promise<void> {
  if (!existsSync(folder)) return
  await clearFolder(runtime, image, folder)
  await rmdir(folder)
}

/** Tablespaces of the cluster in `dataDir`, by their names below its own folder of tablespaces. */
export async function removeTablespaces(
  runtime: Runtime,
  image: Image,
  dataDir: string,
  names: readonly string[],
): Promise<void> {
  const own = clusterFolders(dataDir).tablespaces
  if (names.length === 0 || !existsSync(own)) return
  await inside(runtime, image, own, 'cd "$1"; shift; rm -rf -- "$@"', [...names])
}

const mappedFolders = (plan: RestorePlan): string[] =>
  plan.tablespaces.filter(t => t.mapped).map(t => t.folder)
const ownNames = (plan: RestorePlan): string[] =>
  plan.tablespaces.filter(t => !t.mapped).map(t => basename(t.folder))

/** Folders of the user that are to stay whatever happens. */
export const keptFolders = (plan: RestorePlan): Set<string> => new Set(mappedFolders(plan).filter(existsSync))

/** Makes every folder that is unpacked into. */
export async function makeFolders(runtime: Runtime, plan: RestorePlan, image: Image): Promise<void> {
  const own = clusterFolders(plan.target).tablespaces
  const names = ownNames(plan)
  const wal = plan.source.format === 'tar' ? [join(plan.staging, 'pg_wal')] : []
  for (const folder of [plan.staging, ...wal, ...mappedFolders(plan), ...(names.length > 0 ? [own] : [])]) {
    await makeFolder(folder)
  }
  if (names.length > 0) await inside(runtime, image, own, 'cd "$1"; shift; mkdir -m 0700 -p -- "$@"', names)
}

/** Takes back what `makeFolders` made and what was put into it. In place, an empty folder is what remains. */
export async function removeFolders(
  runtime: Runtime,
  plan: RestorePlan,
  image: Image,
  kept: ReadonlySet<string>,
): Promise<void> {
  await removeTablespaces(runtime, image, plan.target, ownNames(plan))
  for (const folder of mappedFolders(plan)) {
    if (kept.has(folder)) await clearFolder(runtime, image, folder)
    else await removeFolder(runtime, image, folder)
  }
  if (plan.inPlace) {
    if (existsSync(plan.target)) await clearFolder(runtime, image, plan.target)
    return
  }
  await removeFolder(runtime, image, plan.staging)
  await rm(recordPath(plan.staging), { force: true })
}

/** What a killed run left: we hold the lock, so nobody but its own orphans is writing it. */
export async function removeRemains(
  runtime: Runtime,
  target: string,
  image: Image,
  { warn }: Context['log'],
): Promise<void> {
  const parent = dirname(target)
  const prefix = `${basename(target)}.restoring-`
  for (const program of programs) await runtime.stopOrphans(program, target)
  // By the moment in it: a folder that somebody named alike is theirs.
  const ours = /^\d{8}_\d{6}(\.cluster\.json(\.partial)?)?$/
  const names = (await readdir(parent)).filter(n => n.startsWith(prefix) && ours.test(n.slice(prefix.length)))
  for (const name of names) {
    const folder = join(parent, name)
    if (name.endsWith('.json') || name.endsWith('.json.partial')) {
      await rm(folder, { force: true })
      continue
    }
    warn(`Removing ${name}, which an earlier run left unfinished.`)
    for (const program of programs) await runtime.stopOrphans(program, folder)
    await removeTablespacesOf(runtime, image, target, name.slice(prefix.length))
    await removeFolder(runtime, image, folder)
  }
}

/** Tablespaces that were unpacked by the run of that moment. */
async function removeTablespacesOf(
  runtime: Runtime,
  image: Image,
  target: string,
  stamp: string,
): Promise<void> {
  const own = clusterFolders(target).tablespaces
  if (!existsSync(own)) return
  await inside(runtime, image, own, 'find "$1" -mindepth 1 -maxdepth 1 -name "*-$2" -exec rm -rf {} +', [
    stamp,
  ])
}

/**
 * Renames within one folder. They take a moment, and an interruption is not looked at between them; where one fails,
 * everything has its former name again.
 */
export async function swapFolders({
  inPlace,
  target,
  staging,
  former,
}: Pick<RestorePlan, 'inPlace' | 'target' | 'staging' | 'former'>): Promise<void> {
  if (inPlace) return
  const renames: (readonly [from: string, to: string])[] = [
    ...(former
      ? ([
          [recordPath(target), recordPath(former)],
          [target, former],
        ] as const)
      : []),
    [staging, target],
    [recordPath(staging), recordPath(target)],
  ]
  if (!former && existsSync(target)) await rmdir(target)
  const done: typeof renames = []
  try {
    for (const [from, to] of renames.filter(([path]) => existsSync(path))) {
      await rename(from, to)
      done.unshift([to, from])
    }
  } catch (error) {
    for (const [from, to] of done) await rename(from, to)
    throw (error as NodeJS.ErrnoException).code === 'EXDEV' ? notRenamed(target, error as Error) : error
  }
  await fsyncPath(dirname(target))
}

/** Not only mount points: a folder that came with a container’s image cannot be renamed either. */
const notRenamed = (target: string, error: Error): ToolkitError =>
  new ToolkitError('usage', {
    what: `${target} cannot be renamed, so the former data cannot be kept beside it.`,
    why: error.message,
    hint: 'Nothing was changed. IN_PLACE=1 deletes what is there and restores into it. Or restore to another folder: TARGET=…',
  })
