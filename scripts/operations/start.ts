import { randomBytes } from 'node:crypto'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../catalog/durable.ts'
import { withLock } from '../catalog/lock.ts'
import { explain, ToolkitError } from '../errors.ts'
import { describeInstallation } from '../plan/place.ts'
import { planServer, type ServerFactsForPlan, serverConfiguration } from '../plan/server.ts'
import {
  type ClusterRecord,
  finishClusterRecord,
  readClusterRecord,
  recordPath,
  writeClusterRecord,
} from '../postgres/cluster_record.ts'
import { dataProgram, inspectDataDirectory } from '../postgres/data_directory.ts'
import { waitUntilReady } from '../postgres/ready.ts'
import { removeOldSecrets, withSecretFile } from '../postgres/work_folder.ts'
import type { ImageFacts, Runtime, ServerStatus } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'
import { setDotenvVariable } from '../settings/dotenv_file.ts'
import { assetFolder, baseFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { provideImage } from './image.ts'
import {
  refuseForeign,
  refuseInterruptedRestore,
  refuseOtherRuntime,
  refuseOtherServers,
  refuseTakenPort,
  refuseUnknownImage,
  refuseUnusable,
} from './start_refusals.ts'

export type StartResult = {
  container: string
  host: string
  port: number
  user: string
  database: string
  image: string
  dataDir: string
  alreadyRunning: boolean
  /** Where a password was generated into. */
  passwordFile?: string
}

export type StartOptions = {
  /** Never initialise: a data directory without a cluster is an error. */
  existingOnly?: boolean
  holdJobs?: boolean
  /** The caller holds the lock of the data directory's folder, as a restore does. */
  locked?: boolean
}

/** Starts our own database and waits until it answers; makes the cluster when there is none. */
export async function startDatabase(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
  options: StartOptions = {},
): Promise<StartResult> {
  const { settings } = resolved
  const { signal } = context
  const { desktop } = await runtime.check(signal)
  const status = await runtime.server.status(settings, signal)
  refuseForeign(status, settings)
  if (status.state === 'running') {
    const running = { ...settings, port: status.port ?? settings.port }
    await waitUntilReady(runtime, running, clusterFolders(settings.dataDir).log, signal)
    await finishEarlier(settings.dataDir)
    return { ...describeStart(running, status.image ?? ''), alreadyRunning: true }
  }
  const work = () => startStopped(runtime, resolved, context, { ...options, status, desktop })
  // Neither a restore nor another start may be at work on the same folder.
  return options.locked ? work() : withLock(dirname(settings.dataDir), 'start', work)
}

/** What a start that was killed could not do any more. One that is still at work does it itself. */
async function finishEarlier(dataDir: string): Promise<void> {
  await removeOldSecrets()
  const record = await readClusterRecord(dataDir).catch(() => undefined)
  if (!record?.unfinished) return
  await withLock(dirname(dataDir), 'start', () => finishClusterRecord(dataDir)).catch(error => {
    if (explain(error).kind !== 'locked') throw error
  })
}

async function startStopped(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
  { status, desktop, ...options }: StartOptions & { status: ServerStatus; desktop: boolean },
): Promise<StartResult> {
  const { settings, sources } = resolved
  const { log, signal } = context
  const record = await readClusterRecord(settings.dataDir)
  refuseOtherRuntime(runtime.kind, record, settings.dataDir)
  await refuseInterruptedRestore(settings.dataDir)
  await refuseOtherServers(runtime, settings.dataDir, settings.container, signal)
  await makeFolders(settings.dataDir)
  await runtime.provideAccess(settings.dataDir, baseFolder)
  const wish = { settings, named: sources.image !== 'default', record, mayBuild: record === undefined }
  const image = await provideImage(runtime, wish, context)
  if (image.place === 'machine') log.step(describeInstallation(image))
  for (const { source } of record?.tablespaces ?? []) await runtime.provideAccess(source, baseFolder)
  const dataDirectory = await inspectDataDirectory(runtime, image, settings.dataDir, signal)
  refuseUnusable(runtime.kind, image, dataDirectory, record, settings, options)
  if (dataDirectory.state === 'cluster' && !record && !wish.named) refuseUnknownImage(image, settings.dataDir)
  if (record?.salvaged_at)
    log.warn('This cluster was salvaged with pg_resetwal: dump what is left of it, and never go on with it.')
  const network = settings.network === 'auto' ? (desktop ? 'bridge' : 'host') : settings.network
  if (network === 'host') await refuseTakenPort(settings.port)

  const facts: ServerFactsForPlan = {
    kind: runtime.kind,
    settings,
    image,
    dataDirectory,
    record,
    network,
    configuration: await readFile(join(assetFolder('config/postgres'), 'postgresql.conf'), 'utf8'),
    holdJobs: options.holdJobs ?? false,
  }
  await writeConfiguration(runtime, facts, signal)
  if (status.state === 'stopped') await runtime.server.remove(settings)
  if (dataDirectory.state === 'cluster') {
    log.step(`Starting ${settings.container} on port ${settings.port} …`)
    await launch(runtime, facts, settings, signal)
    await finishClusterRecord(settings.dataDir)
    // Data that came from elsewhere, pg_upgrade for example: the image that the user named is the one to stay with.
    if (!record && (wish.named || image.place === 'machine'))
      await writeClusterRecord(settings.dataDir, recordOf(image, runtime))
    return describeStart(settings, image.image)
  }
  return initialise(runtime, facts, resolved, context)
}

/** Makes a new cluster, with a password that exists in a file before the cluster does. */
async function initialise(
  runtime: Runtime,
  facts: ServerFactsForPlan,
  { settings }: Resolved,
  { log, signal }: Context,
): Promise<StartResult> {
  const { image } = facts
  const dotenv = join(baseFolder, '.env')
  const password = settings.password ?? randomBytes(18).toString('base64url')
  if (settings.password === undefined) {
    await setDotenvVariable(dotenv, 'PGPASSWORD', password)
    log.step(`Generated a password for role “${settings.user}” into db/.env. Keep that file safe.`)
  }
  log.step(`Making a new cluster in ${settings.dataDir} with ${image.image} (PostgreSQL ${image.version}) …`)
  // Read once, by the initialisation; the next start makes a container without it.
  await withSecretFile('password', password, async passwordFile => {
    await writeClusterRecord(settings.dataDir, { ...recordOf(image, runtime), unfinished: true })
    try {
      if (runtime.kind === 'docker')
        await giveToServer(runtime, image, settings.dataDir, passwordFile, signal)
      await launch(runtime, { ...facts, passwordFile }, { ...settings, password }, signal)
      await finishClusterRecord(settings.dataDir)
    } catch (error) {
      await rm(recordPath(settings.dataDir), { force: true })
      throw error
    }
  })
  return {
    ...describeStart(settings, image.image),
    ...(settings.password === undefined && { passwordFile: dotenv }),
  }
}

/** Some images do not begin as root, so their entrypoint cannot take what it needs (timescaledb-ha is one). */
async function giveToServer(
  runtime: Runtime,
  image: ImageFacts,
  dataDir: string,
  passwordFile: string,
  signal: AbortSignal,
): Promise<void> {
  const folders = [dataDir, dirname(passwordFile)].map(path => ({ path, mode: 'rw' as const }))
  const script = 'chown "$1" "$2" "$3"'
  const owner = `${image.uid}:${image.gid}`
  await runtime.run(dataProgram('folders', image, folders, script, owner, dataDir, passwordFile), { signal })
}

export const recordOf = (image: ImageFacts, runtime: Runtime): ClusterRecord => ({
  image: image.image,
  image_id: image.id,
  ...(image.digest && { image_digest: image.digest }),
  postgresql_version: image.version,
  libc: image.libc,
  libc_version: image.libcVersion,
  timescaledb_edition: image.timescaledbEdition,
  runtime: runtime.kind,
})

const describeStart = (settings: Settings, image: string): StartResult => ({
  container: settings.container,
  host: settings.host,
  port: settings.port,
  user: settings.user,
  database: settings.database,
  image,
  dataDir: settings.dataDir,
  alreadyRunning: false,
})

/** Starts the container and waits; what does not come up is explained from its log and removed. */
async function launch(
  runtime: Runtime,
  facts: ServerFactsForPlan,
  settings: Settings,
  signal: AbortSignal,
): Promise<void> {
  const plan = planServer(facts)
  try {
    await runtime.server.start(plan, signal)
    await waitUntilReady(runtime, settings, clusterFolders(settings.dataDir).log, signal)
  } catch (error) {
    if (signal.aborted) {
      await runtime.server.stop(settings).catch(() => {})
      await runtime.server.remove(settings)
    }
    throw error
  }
}

async function makeFolders(dataDir: string): Promise<void> {
  const folders = clusterFolders(dataDir)
  for (const folder of [folders.data, folders.log, folders.run, folders.tablespaces]) {
    await makeFolder(folder).catch((error: NodeJS.ErrnoException) => {
      throw new ToolkitError(error.code === 'ENOSPC' ? 'space' : 'prerequisite', {
        what: `The folder ${folder} cannot be made.`,
        why: error.message,
        hint: 'Choose another DATA_DIR, or check who owns the folder above it.',
      })
    })
  }
}

const prepareFolders = 'chown "$1" "$2" "$3"; chmod 0700 "$2" "$3"'

/** The server's user reads these files in its container, whatever umask the project was cloned with. */
async function writeConfiguration(
  runtime: Runtime,
  facts: ServerFactsForPlan,
  signal: AbortSignal,
): Promise<void> {
  const { run, log, tablespaces } = clusterFolders(facts.settings.dataDir)
  const hba = await readFile(join(assetFolder('config/postgres'), 'pg_hba.conf'), 'utf8')
  const files = { 'postgresql.conf': serverConfiguration(facts), 'pg_hba.conf': hba }
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(run, name), content)
    await chmod(join(run, name), 0o644)
  }
  await chmod(run, 0o755)
  const folders = [log, tablespaces].map(path => ({ path, mode: 'rw' as const }))
  const owner = `${facts.image.uid}:${facts.image.gid}`
  await runtime.run(dataProgram('folders', facts.image, folders, prepareFolders, owner, log, tablespaces), {
    signal,
  })
}
