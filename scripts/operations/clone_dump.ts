import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ClientBase } from 'pg'
import { compareHashes } from '../plan/compare_counts.ts'
import { compareInventory } from '../plan/compare_inventory.ts'
import { createDatabase, isForeignKey, isOfDatabase } from '../plan/restore_dump.ts'
import { splitForeignKeys } from '../plan/restore_part.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { markAsBeingMade } from '../postgres/databases.ts'
import { readEntries } from '../postgres/dump_archive.ts'
import { readInventory } from '../postgres/inventory/read.ts'
import { connectionTo } from '../postgres/local_session.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import { beginSnapshot } from '../postgres/snapshot.ts'
import { readTableHashes } from '../postgres/table_hashes.ts'
import { withWorkFolder } from '../postgres/work_folder.ts'
import type { Program, RunOptions, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { CloneFacts } from './clone.ts'
import { type Copied, different } from './clone_template.ts'
import { explainSnapshot } from './dump_errors.ts'
import { explainPass } from './restore_dump_errors.ts'
import { stagingLogin } from './staging.ts'
import { beginTimescale, endTimescale } from './timescale_restore.ts'

const programName = 'clone'

/**
 * pg_dump into pg_restore, without a file between. The source may be in use: what is compared is the very snapshot that
 * was dumped.
 */
export async function copyByDump(runtime: Runtime, facts: CloneFacts, context: Context): Promise<Copied> {
  const { source, database, staging, settings } = facts
  const { log } = context
  const stop = new AbortController()
  const signal = AbortSignal.any([context.signal, stop.signal])
  const into = <T>(work: (client: ClientBase) => Promise<T>) =>
    withClient(stagingLogin(staging), work, { signal })
  await createClone(facts, signal)
  const { timescaledb } = database
  if (timescaledb) await into(client => beginTimescale(client, timescaledb, facts.inventory))
  return withClient(
    source,
    async client => {
      const snapshot = await beginSnapshot(client, database.relations, settings.lockTimeout)
      const inventory = await readInventory(client)
      log.step(`Dumping database “${database.name}” into “${staging.database}” …`)
      const hashing = readTableHashes(client)
      const copying = copy(runtime, facts, snapshot, { ...context, signal })
      try {
        const [was, held] = await Promise.all([hashing, copying])
        await into(done => done.query('ANALYZE'))
        log.step('Comparing every table …')
        const hashes = await into(done => readTableHashes(done, Object.keys(was)))
        const is = await into(done => readInventory(done))
        const jobs = is.jobs.map(job => ({ ...job, scheduled: job.scheduled || held.includes(job.id) }))
        const problems = [...compareHashes(was, hashes), ...compareInventory(inventory, { ...is, jobs })]
        if (problems.length > 0) throw different(facts, problems)
        return { hashes, held, notes: [] }
      } finally {
        // The first error is the one to report; the other one must not go on unattended.
        stop.abort()
        await Promise.allSettled([hashing, copying])
      }
    },
    { signal },
  ).catch(error => {
    throw explainSnapshot(error, source)
  })
}

async function createClone({ staging, database, server }: CloneFacts, signal: AbortSignal): Promise<void> {
  const { icuRules: icu_rules, ...rest } = database
  await withClient(
    staging.maintenance,
    async client => {
      await client.query(createDatabase(staging.name, { ...rest, icu_rules }, server))
      await markAsBeingMade(client, staging.name)
    },
    { signal },
  )
}

type Piping = { runtime: Runtime; facts: CloneFacts; context: Context }

/** Gives the jobs that are held. */
async function copy(
  runtime: Runtime,
  facts: CloneFacts,
  snapshot: string,
  context: Context,
): Promise<number[]> {
  const { database, staging } = facts
  const piping = { runtime, facts, context }
  const dump = ['pg_dump', '--format=custom', '--compress=0', '--no-password', `--snapshot=${snapshot}`]
  const locks = `--lock-wait-timeout=${facts.settings.lockTimeout}s`
  await withLogins(facts, (from, to) =>
    run(piping, restoreProgram(facts, to, []), {
      inputProgram: program(facts.source, from, facts.sourceImage.image, [
        ...dump,
        locks,
        '--section=pre-data',
        '--section=data',
      ]),
    }),
  )
  // Indexes and constraints are words only: in a file they can be chosen from, and made in parallel.
  return withWorkFolder(tmpdir(), async folder => {
    const path = join(folder, 'rest.dump')
    const argv = [...dump, locks, '--section=post-data', `--file=${path}`]
    await withLogins(facts, from =>
      run(piping, program(facts.source, from, facts.sourceImage.image, argv, folder), {}),
    )
    const place = { runtime, image: facts.image.image, signal: context.signal }
    const lines = await readEntries(path, place)
    await restoreEntries(
      piping,
      folder,
      path,
      lines.filter(line => !isForeignKey(line) && !isOfDatabase(line)),
    )
    const { timescaledb } = database
    const keys = splitForeignKeys(lines.filter(isForeignKey), database.relations)
    await restoreEntries(piping, folder, path, keys.restoring)
    const held = timescaledb
      ? await withClient(stagingLogin(staging), client => endTimescale(client, timescaledb), {
          signal: context.signal,
        })
      : []
    await restoreEntries(piping, folder, path, keys.after)
    return held
  })
}

type ClientPlace = Parameters<Parameters<typeof withClientLogin>[1]>[0]

const withLogins = <T>(
  { source, staging }: CloneFacts,
  work: (from: ClientPlace, to: ClientPlace) => Promise<T>,
): Promise<T> => withClientLogin(source, from => withClientLogin(stagingLogin(staging), to => work(from, to)))

const program = (
  login: Login,
  { env, folders }: ClientPlace,
  image: string,
  argv: readonly string[],
  folder?: string,
): Program => ({
  ...{ name: programName, argv, as: 'caller', env, image },
  folders: [...folders, ...(folder === undefined ? [] : [{ path: folder, mode: 'rw' as const }])],
  network: { reach: login.host, port: login.port, container: login.via?.container },
})

function restoreProgram(
  { staging, settings, image }: CloneFacts,
  to: ClientPlace,
  more: readonly string[],
  folder?: string,
): Program {
  const argv = [
    ...['pg_restore', '--exit-on-error', '--no-password'],
    ...(settings.noOwner ? ['--no-owner'] : []),
    ...(settings.noAcl ? ['--no-privileges'] : []),
    ...(settings.noTablespaces ? ['--no-tablespaces'] : []),
    `--dbname=${connectionTo(staging.name)}`,
    ...more,
  ]
  return program(stagingLogin(staging), to, image.image, argv, folder)
}

async function restoreEntries(
  piping: Piping,
  folder: string,
  path: string,
  entries: readonly string[],
): Promise<void> {
  if (entries.length === 0) return
  const list = join(folder, 'entries')
  await writeFile(list, `${entries.join('\n')}\n`, { mode: 0o600 })
  const more = [`--jobs=${piping.facts.settings.jobs}`, `--use-list=${list}`, '--', path]
  await withLogins(piping.facts, (_, to) => run(piping, restoreProgram(piping.facts, to, more, folder), {}))
}

async function run(
  { runtime, facts, context }: Piping,
  what: Program,
  options: Pick<RunOptions, 'inputProgram'>,
): Promise<void> {
  const { signal, log } = context
  const output = await runtime.run(what, { ...options, signal, onStderr: log.detail })
  if (output.code !== 0)
    throw explainPass('pg_dump or pg_restore', output, `database “${facts.database.name}”`)
}
