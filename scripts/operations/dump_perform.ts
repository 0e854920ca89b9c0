import { existsSync } from 'node:fs'
import { chmod, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { fsyncPath, renameDurably, writeDurableFile } from '../catalog/durable.ts'
import { sha256File } from '../catalog/hash.ts'
import { checksumOf, type DumpMetadata, openMetadata, sealMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { compareRows } from '../plan/check_dump.ts'
import { describeDump } from '../plan/describe_dump.ts'
import type { DumpPlan } from '../plan/dump.ts'
import { selectRelations } from '../plan/dump_selection.ts'
import { withClient } from '../postgres/connection.ts'
import { readDatabaseFacts } from '../postgres/database_facts.ts'
import { dataHeading, readDump } from '../postgres/dump_archive.ts'
import { readInventory } from '../postgres/inventory/read.ts'
import { countRows, type RowCounts } from '../postgres/row_counts.ts'
import { beginSnapshot } from '../postgres/snapshot.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { formatCompression } from '../settings/compression.ts'
import type { Settings } from '../settings/options.ts'
import { formatBytes } from '../terminal/format.ts'
import { placeInOrder } from './backup_place.ts'
import type { DumpFacts } from './dump.ts'
import { explainSnapshot } from './dump_errors.ts'
import { runDump, runRoles } from './dump_run.ts'

type Wishes = Settings & { estimate: number | undefined }

/** Only for who holds the lock of the folder. What fails leaves nothing. */
export async function performDump(
  runtime: Runtime,
  plan: DumpPlan,
  facts: DumpFacts,
  settings: Wishes,
  context: Context,
): Promise<DumpMetadata> {
  const { backupsDir } = settings
  const startedAt = new Date()
  const started = performance.now()
  const paths = pathsOf(plan, backupsDir)
  refuseTaken(plan, paths)
  const orderedAt = await placeInOrder('dump', backupsDir, startedAt, context.log)
  try {
    const taken = await takeDump(runtime, plan, facts, settings, context)
    context.log.step('Reading it through …')
    const place = { runtime, image: facts.image.image, signal: context.signal }
    const contents = await check(plan, paths.partial, taken, place, settings)
    const files = await describeFiles(plan, backupsDir, context.signal)
    const now = new Date()
    const text = sealMetadata(
      describeDump({
        ...{ plan, settings, server: facts.server, image: facts.image, origin: facts.origin },
        ...{ database: taken.database, selection: taken.selection, inventory: taken.inventory },
        ...{ tableCounts: taken.counts.tables, contents, files, checksum: checksumOf(files) },
        ...{ startedAt, orderedAt, now, seconds: (performance.now() - started) / 1000 },
      }),
    )
    context.signal.throwIfAborted()
    await writeDurableFile(`${paths.metadata}.partial`, text)
    if (paths.roles) await renameDurably(`${paths.roles}.partial`, paths.roles)
    await renameDurably(paths.partial, paths.file)
    await renameDurably(`${paths.metadata}.partial`, paths.metadata)
    return openMetadata(text) as DumpMetadata
  } catch (error) {
    // Where a rename failed, one of them may have its name already, and nothing of that name was there before.
    const own = [paths.metadata, ...(paths.roles ? [paths.roles] : []), paths.file]
    for (const path of own.flatMap(name => [name, `${name}.partial`]))
      await rm(path, { recursive: true, force: true })
    throw error
  }
}

type Paths = { file: string; partial: string; metadata: string; roles: string | undefined }

const pathsOf = (plan: DumpPlan, backupsDir: string): Paths => ({
  file: join(backupsDir, plan.file),
  partial: `${join(backupsDir, plan.file)}.partial`,
  metadata: join(backupsDir, `${plan.id}.metadata.json`),
  roles: plan.rolesFile === null ? undefined : join(backupsDir, plan.rolesFile),
})

/** Names have seconds: the second of two dumps within one would take the name of the first. */
function refuseTaken({ id }: DumpPlan, { file, metadata, roles }: Paths): void {
  if (![file, metadata, ...(roles ? [roles] : [])].some(path => existsSync(path))) return
  throw new ToolkitError('locked', {
    what: `There is a dump ${id} already.`,
    why: 'It was made this very second, or the clock was set back since.',
    hint: 'Dump again.',
  })
}

type Taken = Pick<DumpFacts, 'database' | 'selection'> & {
  counts: RowCounts
  inventory: DumpMetadata['inventory']
}

/** The dump, and beside it the counting, both of one snapshot. */
async function takeDump(
  runtime: Runtime,
  plan: DumpPlan,
  facts: DumpFacts,
  settings: Wishes,
  context: Context,
): Promise<Taken> {
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const { login, server, image } = facts
  return withClient(
    login,
    async client => {
      const { snapshot, database, selection } = await snapshotOf(client, facts, settings, context)
      const inventory = await readInventory(client, { whole: !selection.isPartial })
      const size = database.bytes === undefined ? '' : ` (${formatBytes(database.bytes)})`
      context.log.step(
        `Dumping ${database.name}${size} as ${plan.id} (${plan.format}, ${formatCompression(plan.compression)}) …`,
      )
      const running = { plan, login, image, backupsDir: settings.backupsDir, estimate: settings.estimate }
      const dumping = runDump(runtime, { ...running, snapshot }, { ...context, signal })
      const counting =
        settings.only === 'schema'
          ? Promise.resolve({ tables: {}, stored: new Map() })
          : countRows(client, selection.relations, {
              timescaledb: database.timescaledb !== undefined,
              inRecovery: server.inRecovery,
            })
      try {
        const [counts] = await Promise.all([counting, dumping])
        if (plan.rolesArgv) await runRoles(runtime, running, context)
        return { database, selection, counts, inventory }
      } finally {
        // The first error is the one to report; the other one must not go on unattended.
        stop.abort()
        await Promise.allSettled([dumping, counting])
      }
    },
    { signal },
  ).catch(error => {
    throw explainSnapshot(error, login)
  })
}

/** What is there in the snapshot, which may be a little more than before the locks. */
async function snapshotOf(
  client: ClientBase,
  { database, selection, login }: DumpFacts,
  settings: Wishes,
  { log }: Context,
): Promise<Pick<DumpFacts, 'database' | 'selection'> & { snapshot: string }> {
  let known = { database, selection }
  for (let attempt = 1; ; attempt++) {
    try {
      const snapshot = await beginSnapshot(client, known.selection.relations, settings.lockTimeout)
      const seen = await readDatabaseFacts(client)
      return { snapshot, database: seen, selection: selectRelations(seen.relations, settings) }
    } catch (error) {
      // A table that was dropped since it was listed.
      const isGone = ['42P01', '3F000'].includes((error as { code?: string }).code ?? '')
      if (!isGone || attempt === 3) throw explainSnapshot(error, login)
      log.detail(`${(error as Error).message}: looking again`)
      await client.query('ROLLBACK')
      const seen = await readDatabaseFacts(client)
      known = { database: seen, selection: selectRelations(seen.relations, settings) }
    }
  }
}

/** @throws ToolkitError verification where the dump is not what the snapshot has. */
async function check(
  plan: DumpPlan,
  path: string,
  { database, selection, counts }: Taken,
  place: Parameters<typeof readDump>[2],
  settings: Wishes,
): Promise<DumpMetadata['contents']> {
  const isPlain = plan.format === 'plain'
  const read = await readDump(path, isPlain ? plan.compression.algorithm : 'archive', place)
  const problems = compareRows(read, {
    relations: selection.relations,
    stored: counts.stored,
    heading: dataHeading,
    isUtf8: database.encoding === 'UTF8',
    withData: settings.only !== 'schema',
  })
  if (isPlain && !read.complete) problems.push('its last line is missing')
  if (problems.length > 0) {
    throw new ToolkitError('verification', {
      what: 'The new dump is not what the database has. It was not kept.',
      why: problems.join('\n'),
      hint: 'Check the disk (dmesg), then dump again.',
    })
  }
  return { entries: read.entries, data_tables: read.tables.size, rows: read.rows }
}

/** Every file with its size and SHA-256, for us alone, and on disk. Names are the final ones. */
async function describeFiles(
  plan: DumpPlan,
  backupsDir: string,
  signal: AbortSignal,
): Promise<DumpMetadata['files']> {
  const folder = plan.format === 'directory' ? `${plan.file}.partial` : undefined
  const inside = folder ? (await readdir(join(backupsDir, folder))).sort() : []
  const names = [
    ...(folder
      ? inside.map(name => ({ name: `${plan.file}/${name}`, at: `${folder}/${name}` }))
      : [{ name: plan.file, at: `${plan.file}.partial` }]),
    ...(plan.rolesFile ? [{ name: plan.rolesFile, at: `${plan.rolesFile}.partial` }] : []),
  ]
  const files: DumpMetadata['files'] = []
  for (const { name, at } of names) {
    const path = join(backupsDir, at)
    await chmod(path, 0o600)
    await fsyncPath(path)
    files.push({ name, bytes: (await stat(path)).size, sha256: await sha256File(path, { signal }) })
  }
  if (folder) await fsyncPath(join(backupsDir, folder))
  return files
}
