import { createHash } from 'node:crypto'
import { chown, lstat, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import { clusterFolders } from '../../settings/cluster_folders.ts'
import type { User } from '../process.ts'

/**
 * The path of a Unix socket has at most 107 bytes, and the server reads its setting as a list of names; a cluster with
 * a long or unusual path keeps its socket in /tmp.
 */
export function socketFolder(dataDir: string): string {
  const beside = join(clusterFolders(dataDir).run, 'socket')
  if (/^[\w./-]{1,80}$/.test(beside)) return beside
  return `/tmp/timescaledb-toolkit-${createHash('sha256').update(dataDir).digest('hex').slice(0, 12)}`
}

/**
 * Makes the folder, which nobody but the server's user may enter: through that socket no password is asked for.
 * @throws ToolkitError prerequisite where somebody else has made it.
 */
export async function makeSocketFolder(dataDir: string, user: User | undefined): Promise<string> {
  const folder = socketFolder(dataDir)
  const owner = user?.uid ?? process.getuid?.() ?? 0
  await mkdir(folder, { mode: 0o700 })
    .then(() => user && chown(folder, user.uid, user.gid))
    .catch(error => {
      if (error.code !== 'EEXIST') throw error
    })
  const { uid, mode } = await lstat(folder)
  if (uid === owner && (mode & 0o7777) === 0o700) return folder
  // A run that was killed between making it and giving it away.
  if (user && uid === 0) {
    await chown(folder, user.uid, user.gid)
    return folder
  }
  throw new ToolkitError('prerequisite', {
    what: `The folder ${folder} of the server’s socket belongs to somebody else, or is open to others.`,
    hint: 'Look at it (ls -ld), and remove it when it is nobody’s.',
  })
}
