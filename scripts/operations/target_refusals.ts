import { statfs } from 'node:fs/promises'
import { ToolkitError } from '../errors.ts'
import { lackingOn, type Needs } from '../plan/lacking.ts'
import { anotherMajor, called } from '../plan/place.ts'
import { restoredBytes } from '../plan/space.ts'
import type { TargetServer } from '../postgres/databases.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'

/** What a database is that is to come to a server. */
export type Coming = {
  /** As it is called in a sentence: the id of a dump, or a database. */
  name: string
  /** Major version of the server that it is from; 0 where nobody knows. */
  major: number
  hasTimescale: boolean
  needs: Needs | undefined
}

/**
 * What a server must be, and have, for a database to come to it; found before anything is changed.
 * @throws ToolkitError prerequisite, connection
 */
export function refuseServer(
  server: TargetServer,
  image: ImageFacts,
  user: string,
  coming: Coming,
  settings: Settings,
): void {
  if (server.inRecovery) {
    throw new ToolkitError('prerequisite', {
      what: 'This server is a standby: nothing can be written to it.',
      hint: 'Name its primary instead.',
    })
  }
  if (coming.major > server.major) {
    throw new ToolkitError('prerequisite', {
      what: `${coming.name} is of PostgreSQL ${coming.major}, the server is ${server.version}.`,
      why: 'A dump restores into its own major version and newer ones.',
      hint: 'Take a newer server.',
    })
  }
  if (image.major > server.major || image.major < coming.major) {
    throw new ToolkitError('prerequisite', {
      what: `The server is PostgreSQL ${server.major}, the programs of ${called(image)} are ${image.major}.`,
      why: 'pg_restore says to a server what only its own version understands.',
      hint: `${anotherMajor(image, server.major)}.`,
    })
  }
  refuseRole(server, user, coming)
  if (coming.needs === undefined) return
  const { problems, hints } = lackingOn(server, coming.needs, settings)
  if (problems.length === 0) return
  throw new ToolkitError('prerequisite', {
    what: `The server lacks what ${coming.name} needs. Nothing was changed.`,
    why: problems.join('\n'),
    hint: hints.join('\n'),
  })
}

function refuseRole({ isSuperuser, mayCreate }: TargetServer, user: string, coming: Coming): void {
  if (coming.hasTimescale && !isSuperuser) {
    throw new ToolkitError('connection', {
      what: `Role “${user}” may not restore a database with TimescaleDB: that takes a superuser.`,
      why: 'The extension’s own tables are filled again.',
      hint: 'Set PGUSER (of a clone elsewhere TARGET_USER) to a superuser of that server.',
    })
  }
  if (mayCreate) return
  throw new ToolkitError('connection', {
    what: `Role “${user}” may not make databases.`,
    hint: `As a superuser: ALTER ROLE "${user.replaceAll('"', '""')}" CREATEDB;`,
  })
}

/** Only of our own server is it known where its data lies. */
export async function refuseDataSpace(
  { dataDir }: Settings,
  isOurs: boolean,
  bytes: number | undefined,
  { log }: Context,
): Promise<void> {
  if (!isOurs || bytes === undefined) return
  const free = await statfs(dataDir).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => undefined,
  )
  if (free === undefined) return log.detail('The free space of the data directory cannot be seen.')
  const needed = restoredBytes(bytes)
  if (needed <= free) return
  throw new ToolkitError('space', {
    what: `Not enough space for the database: it needs about ${formatBytes(needed)}, ${formatBytes(free)} are free. Nothing was changed.`,
    why: `The data directory is ${dataDir}.`,
    hint: 'Free some space there (make discard-former, old backups), or take another server.',
  })
}
