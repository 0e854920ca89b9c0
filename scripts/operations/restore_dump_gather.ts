import { type DumpBackup, findDump, listDumps } from '../catalog/catalog.ts'
import { ToolkitError } from '../errors.ts'
import { planRestoreDump, type RestoreDumpPlan } from '../plan/restore_dump.ts'
import { withClient, withPassword } from '../postgres/connection.ts'
import { maintenanceOf, readTargetServer, type TargetServer } from '../postgres/databases.ts'
import { readEntries } from '../postgres/dump_archive.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { provideClientImage } from './image.ts'
import { refuseDamaged, refuseMisfits } from './restore_dump_refusals.ts'
import type { Staging } from './staging.ts'
import { findTheirs, reachTheirs } from './their_server.ts'

export type RestoreDumpFacts = {
  backup: DumpBackup
  plan: RestoreDumpPlan
  settings: Settings
  server: TargetServer
  image: ImageFacts
  staging: Staging
  /** The table of contents; none of plain SQL. */
  entries: string[]
  /** Bytes of the database as it was; undefined where nobody wrote them down. */
  bytes: number | undefined
  /** Only some tables are wanted. */
  isPartial: boolean
}

/** Looks, refuses, and decides; changes nothing. */
export async function gatherRestoreDump(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<RestoreDumpFacts> {
  const { sources, settings: given } = resolved
  const backup = await chooseDump(given)
  const { metadata, format, path } = backup
  const theirs = sources.host === 'default' ? await findTheirs(runtime, resolved, context.signal) : undefined
  const settings = theirs ? reachTheirs(resolved, theirs) : given
  const login = await withPassword(settings, context.prompt)
  const target = targetOf(settings, backup)
  const maintenance = maintenanceOf(login, target)
  context.log.step(`Connecting to ${login.host}:${login.port} as ${login.user} …`)
  const server = await withClient(maintenance, readTargetServer, { signal: context.signal })
  const { image } = await provideClientImage(runtime, resolved, context, { theirs, major: server.major })
  const place = { runtime, image: image.image, signal: context.signal }
  await refuseDamaged(backup, place, context)
  const entries = format === 'plain' ? [] : await readEntries(path, place)
  const isPartial = Boolean(settings.tables || settings.excludeTables || settings.schema)
  const extension = metadata?.extensions.find(({ name }) => name === 'timescaledb')
  const plan = planRestoreDump({
    source: { id: backup.id, path, format },
    ...{ metadata, settings, entries, target },
    settings: { ...settings, ifExists: settings.noClean ? 'new' : settings.ifExists },
    targetExists: server.databases.includes(target),
    timescaledb: extension ?? (entries.some(isTimescale) ? { version: '', schema: '' } : undefined),
    now: new Date(),
  })
  const bytes = metadata?.database_size_bytes
  const staging = { maintenance, name: plan.staging, database: plan.database, former: plan.former }
  const facts = { backup, plan, settings, server, image, staging, entries, bytes, isPartial }
  // Rows alone go into tables that are there: other things matter then.
  if (settings.only !== 'data')
    await refuseMisfits(facts, sources.host === 'default' && theirs === undefined, context)
  return facts
}

const isTimescale = (entry: string): boolean => / EXTENSION - timescaledb /.test(`${entry} `)

async function chooseDump(settings: Settings): Promise<DumpBackup> {
  if (settings.file) return findDump(settings.backupsDir, settings.file, settings.db)
  const known = await listDumps(settings.backupsDir)
  throw new ToolkitError('usage', {
    what: 'Which dump?',
    why:
      known
        .slice(0, 5)
        .map(({ id }) => id)
        .join('\n') || `There is none in ${settings.backupsDir}.`,
    hint: 'make restore-dump FILE=…, one of make list or a path; or FILE=latest DB=… for the newest of a database.',
  })
}

function targetOf({ targetDb }: Settings, { id, metadata }: DumpBackup): string {
  const name = targetDb ?? metadata?.database_name
  if (name !== undefined) return name
  throw new ToolkitError('usage', {
    what: `Into which database? ${id} has no metadata.json that would tell its name.`,
    hint: 'make restore-dump FILE=… TARGET_DB=…',
  })
}
