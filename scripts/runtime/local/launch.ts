import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Environment, start, type User } from '../process.ts'
import { findPostmaster, forgotten } from './postmaster.ts'

/**
 * Starts a server as pg_ctl does, and waits until its lock file tells of it or it has ended. pg_ctl itself hands
 * paths to a shell in double quotes, where a dollar sign or a quote in them is not what it was.
 * `log` takes what it prints; it belongs to the server's user.
 */
export async function launch(
  argv: readonly [program: string, ...options: string[]],
  place: { dataDir: string; log: string; user: User | undefined; env: Environment },
): Promise<void> {
  const { dataDir, user, env } = place
  await forgotten(dataDir)
  const log = await open(place.log, 'a', 0o600)
  try {
    if (user) await log.chown(user.uid, user.gid)
    const child = start(argv, ['ignore', log.fd, log.fd], { env, user, cwd: '/' })
    let ended = false
    child.once('exit', () => {
      ended = true
    })
    await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.unref()
    while (!ended && (await findPostmaster(dataDir))?.pid !== child.pid) await sleep(20)
  } finally {
    await log.close()
  }
}

/** The argv of a server in a folder of programs. */
export const serverArgv = (
  bin: string,
  dataDir: string,
  options: readonly string[],
): [string, ...string[]] => [join(bin, 'postgres'), '-D', dataDir, ...options]
