import { join } from 'node:path'
import { listDumps } from '../catalog/catalog.ts'
import { recorded } from '../catalog/history.ts'
import { withLock } from '../catalog/lock.ts'
import type { DumpMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { type DumpPlan, planDump } from '../plan/dump.ts'
import { type Selection, selectRelations } from '../plan/dump_selection.ts'
import { anotherMajor, called } from '../plan/place.ts'
import { estimateDumpBytes } from '../plan/space.ts'
import { type Login, withClient, withPassword } from '../postgres/connection.ts'
import { type DatabaseFacts, readDatabaseFacts } from '../postgres/database_facts.ts'
import { type DumpServer, readDumpServer } from '../postgres/server_facts.ts'
import { inToolsImage } from '../runtime/runner.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Algorithm } from '../settings/compression.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { freeBytes, requireSpace } from './backup_place.ts'
import { performDump } from './dump_perform.ts'
import { refuseHashes, refuseUnreadable } from './dump_refusals.ts'
import { clearRemains } from './dump_remains.ts'
import { provideClientImage, type ServerImage } from './image.ts'
import { findTheirs, reachTheirs } from './their_server.ts'

export type DumpResult = {
  /** Only with --dry-run: nothing was done. */
  plan?: DumpPlan & { estimated_bytes: number | null; free_bytes: number }
  file: string
  metadata?: DumpMetadata
  seconds: number
}

/** What is known before anything is done. */
export type DumpFacts = {
  login: Login
  server: DumpServer
  database: DatabaseFacts
  selection: Selection
  image: ImageFacts
  origin: ServerImage | undefined
}

type Prepared = { plan: DumpPlan; facts: DumpFacts; estimate: number | undefined; free: number }

/**
 * Dumps one database, reads the dump through, compares it with the snapshot that it is of, describes it, and only then
 * gives it its name.
 * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
 */
export async function dumpDatabase(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<DumpResult> {
  const { settings } = resolved
  const { backupsDir } = settings
  refuseType(settings)
  const started = performance.now()
  if (settings.dryRun) {
    const { plan, estimate, free } = await prepare(runtime, resolved, context)
    const details = { ...plan, estimated_bytes: estimate ?? null, free_bytes: free }
    return { plan: details, file: join(backupsDir, plan.file), seconds: 0 }
  }
  // A server that could not be reached last night is what the history is for.
  return recorded(
    backupsDir,
    'dump',
    async () => {
      const { plan, facts, estimate, free } = await prepare(runtime, resolved, context)
      requireSpace(backupsDir, estimate, free, 'make dump')
      const metadata = await withLock(backupsDir, 'dump', async () => {
        await clearRemains(runtime, backupsDir, context.log)
        return performDump(runtime, plan, facts, { ...settings, estimate }, context)
      })
      const seconds = (performance.now() - started) / 1000
      return { file: join(backupsDir, plan.file), metadata, seconds }
    },
    result => result.metadata.id,
  )
}

function refuseType({ type }: Settings): void {
  if (type === 'full') return
  throw new ToolkitError('usage', {
    what: `A logical backup cannot be ${type}.`,
    why: 'pg_dump reads rows, not what was changed since another backup: a dump is always whole.',
    hint: 'Leave TYPE out. Backups that build on each other are physical ones, of the whole cluster: make save.',
  })
}

/** Looks and decides; changes nothing. */
async function prepare(runtime: Runtime, resolved: Resolved, context: Context): Promise<Prepared> {
  const { sources } = resolved
  const theirs = sources.host === 'default' ? await findTheirs(runtime, resolved, context.signal) : undefined
  const reached = theirs ? reachTheirs(resolved, theirs) : resolved.settings
  const settings = { ...reached, database: resolved.settings.db ?? reached.database }
  const { host, port, user, backupsDir, database: name } = settings
  context.log.step(`Connecting to database “${name}” on ${host}:${port} as ${user} …`)
  const login = await withPassword(settings, context.prompt)
  const { server, database } = await withClient(
    login,
    async client => ({ server: await readDumpServer(client), database: await readDatabaseFacts(client) }),
    { signal: context.signal },
  )
  const selection = selectRelations(database.relations, settings)
  refuseUnreadable(login, selection.relations)
  if (settings.globals) refuseHashes(login, database)
  const { image, origin } = await provideClientImage(runtime, resolved, context, {
    theirs,
    major: server.major,
  })
  refuseOlderClient(image, server)
  const plan = planDump({
    ...{ settings, database: name, server, client: image, selection, backupsDir },
    now: new Date(),
  })
  for (const note of plan.notes) context.log.warn(note)
  const unlogged = server.inRecovery ? selection.relations.filter(({ isUnlogged }) => isUnlogged) : []
  if (unlogged.length > 0) {
    context.log.warn(
      `This server is a standby, which has no rows of unlogged tables: ${unlogged.map(({ sql }) => sql).join(', ')}`,
    )
  }
  const ratio = await lastRatio(backupsDir, name, plan.compression.algorithm)
  const bytes = selection.isPartial || settings.only === 'schema' ? undefined : database.bytes
  return {
    plan,
    facts: { login, server, database, selection, image, origin },
    estimate: estimateDumpBytes(bytes, plan.compression, ratio),
    free: await freeBytes(backupsDir),
  }
}

function refuseOlderClient(image: ImageFacts, server: DumpServer): void {
  if (image.major >= server.major) return
  throw new ToolkitError('prerequisite', {
    what: `The server is PostgreSQL ${server.major}, the programs of ${called(image)} are ${image.major}.`,
    why: 'pg_dump works with servers of its own major version and older ones.',
    hint: inToolsImage()
      ? `Set RUNTIME=docker, and IMAGE to one of PostgreSQL ${server.major}, for example IMAGE=postgres:${server.major}.`
      : `${anotherMajor(image, server.major)}.`,
  })
}

/** How large the last dump of this database was, of the same algorithm: the best guess for the next one. */
async function lastRatio(
  backupsDir: string,
  database: string,
  algorithm: Algorithm,
): Promise<number | undefined> {
  const last = (await listDumps(backupsDir))
    .map(({ metadata }) => metadata)
    .find(metadata => metadata?.database_name === database && metadata.compression.algorithm === algorithm)
  return last && last.backup_size_bytes / Math.max(1, last.database_size_bytes)
}
