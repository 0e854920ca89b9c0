import { isAbort, ToolkitError } from '../errors.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { dropDatabase, identifier, isBeingMade, renameDatabases, sessionsIn } from '../postgres/databases.ts'
import type { Context } from '../settings/command.ts'

/** A database that is being made: it has a name of ours until it is proven. */
export type Staging = {
  /** To the server, as a database that nobody makes, renames or drops here. */
  maintenance: Login
  name: string
  /** The name that it gets. */
  database: string
  /** What the database that has this name is called then; null where there is none. */
  former: string | null
}

/** To the database that is being made. */
export const stagingLogin = ({ maintenance, name }: Staging): Login => ({ ...maintenance, database: name })

/**
 * Makes a database aside: `make` creates and fills it, and proves it; then it gets its name. What fails, or is
 * interrupted, leaves none. One run at a time for each name, on whatever machines: the lock is the server's.
 * @throws ToolkitError locked, usage, failed
 */
export async function makeAside<T>(staging: Staging, context: Context, make: () => Promise<T>): Promise<T> {
  return withClient(staging.maintenance, async client => {
    const question = 'SELECT pg_try_advisory_lock(hashtextextended($1, 0)) AS held'
    const { rows } = await client.query(question, [staging.name])
    if (!rows[0].held) {
      throw new ToolkitError('locked', {
        what: `Another run is making the database “${staging.database}”.`,
        hint: 'Wait until it has ended, then try again.',
      })
    }
    context.signal.throwIfAborted()
    await dropOrphan(staging, context)
    let made: T
    try {
      made = await make()
      context.signal.throwIfAborted()
    } catch (error) {
      await drop(staging, context)
      throw error
    }
    await giveName(staging)
    return made
  })
}

/** What a killed run left: we hold the lock, so nobody is filling it. Only what carries our mark is dropped. */
async function dropOrphan({ maintenance, name }: Staging, { log }: Context): Promise<void> {
  await withClient(maintenance, async client => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name])
    if (rowCount === 0) return
    if (!(await isBeingMade(client, name))) {
      throw new ToolkitError('usage', {
        what: `There is a database “${name}”, and nothing says that the toolkit may drop it.`,
        why: 'That name is used until a database is complete.',
        hint: `Rename it, or drop it where it is not needed: make psql COMMAND='DROP DATABASE ${identifier(name)}'`,
      })
    }
    log.warn(`Dropping ${name}, which an earlier run left unfinished.`)
    await dropDatabase(client, name)
  })
}

async function drop({ maintenance, name }: Staging, { log }: Context): Promise<void> {
  try {
    await withClient(maintenance, client => dropDatabase(client, name))
  } catch (error) {
    if (isAbort(error)) return
    log.warn(
      `The database ${name} could not be dropped: ${(error as Error).message}\nThe next run does it, or: make psql COMMAND='DROP DATABASE ${identifier(name)} WITH (FORCE)'`,
    )
  }
}

/** All renames or none. Where the old database is in use, the new one stays beside it, for it is proven. */
async function giveName({ maintenance, name, database, former }: Staging): Promise<void> {
  const renames = [
    ...(former === null ? [] : [{ from: database, to: former, closed: true }]),
    { from: name, to: database },
  ]
  try {
    await renameDatabases(maintenance, renames)
  } catch (error) {
    const sessions = await withClient(maintenance, client => sessionsIn(client, database)).catch(() => [])
    const [first] = sessions
    throw new ToolkitError('failed', {
      what: `The new database is complete and proven, but could not be called “${database}”. It is there, as ${name}.`,
      why: first
        ? `“${database}” is in use: ${sessions.length} sessions, such as that of ${first.user} from ${first.address} (${first.application || 'no name'}).`
        : (error as Error).message,
      hint: `Stop what uses it, then do the same again, which makes it anew; or give the names yourself:\nmake psql COMMAND='ALTER DATABASE ${identifier(name)} RENAME TO …'`,
      lasting: true,
      cause: error,
    })
  }
}
