import { recorded } from '../catalog/history.ts'
import { ToolkitError } from '../errors.ts'
import { nameBeside } from '../plan/database_name.ts'
import { type Login, withClient, withPassword } from '../postgres/connection.ts'
import { type DatabaseFacts, readDatabaseFacts } from '../postgres/database_facts.ts'
import { type ClientSession, maintenanceOf, readTargetServer, sessionsIn } from '../postgres/databases.ts'
import { readInventory } from '../postgres/inventory/read.ts'
import { type DumpServer, readDumpServer } from '../postgres/server_facts.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { copyByDump } from './clone_dump.ts'
import { copyProperties } from './clone_properties.ts'
import { copyByTemplate } from './clone_template.ts'
import { refuseUnreadable } from './dump_refusals.ts'
import { provideClientImage } from './image.ts'
import { makeAside, type Staging } from './staging.ts'
import { refuseDataSpace, refuseServer } from './target_refusals.ts'
import { findTheirs, reachTheirs } from './their_server.ts'
import { type HeldJob, releaseJobs } from './timescale_restore.ts'

export type CloneFacts = {
  source: Login
  database: DatabaseFacts
  server: DumpServer
  inventory: Awaited<ReturnType<typeof readInventory>>
  /** Connected to the source, other than we. */
  sessions: ClientSession[]
  /** Of the clone's server. */
  image: ImageFacts
  /** Of the source's. */
  sourceImage: ImageFacts
  staging: Staging
  settings: Settings
  /** template: the server copies the files. dump: pg_dump into pg_restore. */
  method: 'template' | 'dump'
}

export type CloneResult = {
  source: string
  target: string
  host: string
  method: CloneFacts['method']
  /** Only with --dry-run is it false: nothing was done. */
  done: boolean
  tables: number
  rows: number
  held_jobs: HeldJob[]
  notes: string[]
  seconds: number
}

/**
 * Makes a copy of a database, on the same server or another one, and compares the two by count and hash of every
 * table before the copy gets its name.
 * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
 */
export async function cloneDatabase(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<CloneResult> {
  const started = performance.now()
  const { settings } = resolved
  const facts = await gather(runtime, resolved, context)
  const { staging, method, database } = facts
  const result = { source: database.name, target: staging.database, host: staging.maintenance.host, method }
  const nothing = { tables: 0, rows: 0, held_jobs: [], notes: [], seconds: 0 }
  if (settings.dryRun) return { ...result, ...nothing, done: false }
  return recorded(
    settings.backupsDir,
    'clone',
    async () => {
      const copied = await makeAside(staging, context, async () => {
        const made =
          method === 'template'
            ? await copyByTemplate(facts, context)
            : await copyByDump(runtime, facts, context)
        return { ...made, notes: [...made.notes, ...(await copyProperties(facts))] }
      })
      const held_jobs = await releaseJobs(
        { ...staging.maintenance, database: staging.database },
        copied.held,
        context,
      )
      const counts = Object.values(copied.hashes).map(({ rows }) => rows)
      return {
        ...result,
        done: true,
        tables: counts.length,
        rows: counts.reduce((a, b) => a + b, 0),
        ...{ held_jobs, notes: copied.notes, seconds: (performance.now() - started) / 1000 },
      }
    },
    () => undefined,
  )
}

async function gather(runtime: Runtime, resolved: Resolved, context: Context): Promise<CloneFacts> {
  const { sources } = resolved
  const theirs = sources.host === 'default' ? await findTheirs(runtime, resolved, context.signal) : undefined
  const settings = theirs ? reachTheirs(resolved, theirs) : resolved.settings
  const { sourceName, target } = namesOf(settings)
  context.log.step(`Connecting to database “${sourceName}” on ${settings.host}:${settings.port} …`)
  const source = await withPassword({ ...settings, database: sourceName }, context.prompt)
  const { signal } = context
  const seen = await withClient(
    source,
    async client => ({
      server: await readDumpServer(client),
      database: await readDatabaseFacts(client),
      inventory: await readInventory(client),
    }),
    { signal },
  )
  refuseUnreadable(source, seen.database.relations)
  const maintenance = maintenanceOf(await targetLogin(settings, source, context), sourceName, target)
  const there = await withClient(maintenance, readTargetServer, { signal })
  const sessions = await withClient(maintenanceOf(source, sourceName), client =>
    sessionsIn(client, sourceName),
  )
  const images = await Promise.all(
    [there.major, seen.server.major].map(major =>
      provideClientImage(runtime, resolved, context, { theirs, major }),
    ),
  )
  const [image, sourceImage] = images.map(({ image }) => image) as [ImageFacts, ImageFacts]
  if (there.databases.includes(target)) throw taken(target)
  const { database, inventory } = seen
  const needs = {
    ...{ roles: database.roles, extensions: database.extensions, tablespaces: database.tablespaces },
    ...{ jobOwners: inventory.jobs.map(({ owner }) => owner), rolesFile: null },
  }
  const hasTimescale = database.timescaledb !== undefined
  const isSameServer = settings.targetHost === undefined
  const mayCopy =
    isSameServer && sessions.length === 0 && (database.isSuperuser || database.owner === source.user)
  const method = mayCopy ? 'template' : 'dump'
  const coming = {
    name: `database “${sourceName}”`,
    major: seen.server.major,
    hasTimescale: hasTimescale && method === 'dump',
    needs,
  }
  refuseServer(there, image, maintenance.user, coming, settings)
  const isOurs = isSameServer && sources.host === 'default' && theirs === undefined
  await refuseDataSpace(settings, isOurs, database.bytes, context)
  const name = nameBeside(target, { prefix: 'toolkit_restoring_' })
  const staging = { maintenance, name, database: target, former: null }
  return { source, ...seen, sessions, image, sourceImage, staging, settings, method }
}

function namesOf({ source, cloneTarget }: Settings): { sourceName: string; target: string } {
  if (source === undefined || cloneTarget === undefined) {
    throw new ToolkitError('usage', {
      what: source === undefined ? 'Which database is to be cloned?' : 'What is the clone to be called?',
      hint: 'make clone SOURCE=shop TARGET=shop_test',
    })
  }
  return { sourceName: source, target: cloneTarget }
}

const taken = (target: string): ToolkitError =>
  new ToolkitError('usage', {
    what: `There is a database “${target}” already. A clone never takes the place of one.`,
    hint: `Choose another name, or drop it first: make psql COMMAND='DROP DATABASE "${target.replaceAll('"', '""')}"'`,
  })

/** The same server, or another one with a password of its own. */
async function targetLogin(settings: Settings, source: Login, { prompt }: Context): Promise<Login> {
  const { targetHost, targetPort, targetUser, targetPassword } = settings
  if (targetHost === undefined) return source
  const { via: _, password: __, ...rest } = source
  const there = {
    ...rest,
    host: targetHost,
    port: targetPort,
    user: targetUser ?? source.user,
    password: targetPassword,
    database: 'postgres',
  }
  return withPassword(there, prompt)
}
