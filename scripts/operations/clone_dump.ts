import type { ClientBase } from 'pg'
import { compareHashes } from '../plan/compare_counts.ts'
import { compareInventory } from '../plan/compare_inventory.ts'
import { createDatabase } from '../plan/restore_dump.ts'
import { type Login, withClient } from '../postgres/connection.ts'
import { identifier, markAsBeingMade } from '../postgres/databases.ts'
import { readInventory } from '../postgres/inventory/read.ts'
import { connectionTo } from '../postgres/local_session.ts'
import { withClientLogin } from '../postgres/passfile.ts'
import { beginSnapshot, lockTimeoutSeconds } from '../postgres/snapshot.ts'
import { readTableHashes } from '../postgres/table_hashes.ts'
import type { Program, Runtime } from '../runtime/runtime.ts'
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
      const snapshot = await beginSnapshot(client, database.relations)
      const inventory = await readInventory(client)
      log.step(`Dumping database “${database.name}” into “${staging.database}” …`)
      const hashing = readTableHashes(client)
      const piping = pipe(runtime, facts, snapshot, { ...context, signal })
      try {
        const [was] = await Promise.all([hashing, piping])
        const held = timescaledb ? await into(done => endTimescale(done, timescaledb)) : []
        await into(done => done.query('ANALYZE'))
        if (!settings.noOwner) await giveOwner(facts)
        log.step('Comparing every table …')
        const hashes = await into(done => readTableHashes(done))
        const is = await into(done => readInventory(done))
        const jobs = is.jobs.map(job => ({ ...job, scheduled: job.scheduled || held.includes(job.id) }))
        const problems = [...compareHashes(was, hashes), ...compareInventory(inventory, { ...is, jobs })]
        if (problems.length > 0) throw different(facts, problems)
        return { hashes, held, notes: [] }
      } finally {
        // The first error is the one to report; the other one must not go on unattended.
        stop.abort()
        await Promise.allSettled([hashing, piping])
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

const giveOwner = ({ staging, database }: CloneFacts): Promise<unknown> =>
  withClient(staging.maintenance, client =>
    client.query(`ALTER DATABASE ${identifier(staging.name)} OWNER TO ${identifier(database.owner)}`),
  )

async function pipe(
  runtime: Runtime,
  facts: CloneFacts,
  snapshot: string,
  { signal, log }: Context,
): Promise<void> {
  const { source, staging, settings, image, sourceImage, database } = facts
  const options = [
    ...(settings.noOwner ? ['--no-owner'] : []),
    ...(settings.noAcl ? ['--no-privileges'] : []),
    ...(settings.noTablespaces ? ['--no-tablespaces'] : []),
  ]
  const dump = ['pg_dump', '--format=custom', '--compress=0', `--snapshot=${snapshot}`]
  const lock = `--lock-wait-timeout=${lockTimeoutSeconds}s`
  const restore = ['pg_restore', '--exit-on-error', '--no-password', ...options]
  const target = stagingLogin(staging)
  const program = (
    login: Login,
    argv: string[],
    used: string,
    { env, folders }: Parameters<Parameters<typeof withClientLogin>[1]>[0],
  ): Program => ({
    ...{ name: programName, argv, as: 'caller', env, folders, image: used },
    network: { reach: login.host, port: login.port, container: login.via?.container },
  })
  const output = await withClientLogin(source, from =>
    withClientLogin(target, to =>
      runtime.run(program(target, [...restore, `--dbname=${connectionTo(staging.name)}`], image.image, to), {
        signal,
        inputProgram: program(source, [...dump, lock, '--no-password'], sourceImage.image, from),
        onStderr: log.detail,
      }),
    ),
  )
  if (output.code !== 0) throw explainPass('pg_dump or pg_restore', output, `database “${database.name}”`)
}
