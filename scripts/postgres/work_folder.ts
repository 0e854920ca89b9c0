import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDiskFull, ToolkitError } from '../errors.ts'

/** The host's name is in it because a folder of backups may be shared by several. */
const prefix = `.toolkit-${hostname()}-`

/**
 * A folder of our own (0700) below another, for as long as the work lasts. What runs that were killed could not
 * take away is taken away here.
 */
export async function withWorkFolder<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  await removeOrphans(parent)
  const folder = await mkdtemp(join(parent, `${prefix}${process.pid}-`)).catch(error => {
    throw explainPlace(parent, error)
  })
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A file that only we may read, for as long as the work lasts. */
export const withSecretFile = <T>(
  name: string,
  content: string,
  work: (path: string) => Promise<T>,
): Promise<T> =>
  withWorkFolder(tmpdir(), async folder => {
    const path = join(folder, name)
    await writeFile(path, content, { mode: 0o600 }).catch(error => {
      throw explainPlace(tmpdir(), error)
    })
    return work(path)
  })

/** What runs that were killed left of secrets. */
export const removeOldSecrets = (): Promise<void> => removeOrphans(tmpdir())
/** A write that fails does not say where it was to go; nobody thinks of /tmp by himself. */
function explainPlace(parent: string, error: NodeJS.ErrnoException): unknown {
  const isTemporary = parent === tmpdir()
  const elsewhere = isTemporary ? ', or name another folder: export TMPDIR=/another/folder' : ''
  if (isDiskFull(error)) {
    return new ToolkitError('space', {
      what: `The disk of ${parent} is full${isTemporary ? ', where files for the moment are kept' : ''}.`,
      why: error.message,
      hint: `Free some space there${elsewhere}. Nothing was changed.`,
      cause: error,
    })
  }
  if (error.code === undefined || !['EACCES', 'EPERM', 'EROFS', 'ENOENT'].includes(error.code)) return error
  return new ToolkitError('prerequisite', {
    what: `Nothing can be written in ${parent}.`,
    why: error.message,
    hint: `Check who owns it (ls -ld), and whether its disk is read-only (findmnt -T)${elsewhere}.`,
    cause: error,
  })
}

async function removeOrphans(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    // The whole name, for the host “db” must not take away what belongs to “db-2”.
    const pid = name.startsWith(prefix) && /^(\d+)-\w+$/.exec(name.slice(prefix.length))?.[1]
    // What belongs to another user cannot be removed, and is not ours to remove.
    if (pid && !isAlive(Number(pid)))
      await rm(join(parent, name), { recursive: true, force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
