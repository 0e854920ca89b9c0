import { existsSync } from 'node:fs'
import { access, constants, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PhysicalMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { dataProgram } from '../postgres/data_directory.ts'
import { findPostmaster } from '../runtime/local/postmaster.ts'
import { holdersOf, runningClusters, type Service, serviceOf } from '../runtime/local/services.ts'
import type { ImageFacts, Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import type { Destination } from './destination.ts'
import { provideImage } from './image.ts'

/** Where a cluster of this machine is restored to when none runs and none is named. */
const usualFolder = '/mnt/db/postgres'

/**
 * A cluster of this machine, in its service’s care: the running one’s data directory, unless TARGET names another.
 * @throws ToolkitError usage where several run; prerequisite where it may not be touched.
 */
export async function serviceDestination(
  runtime: Runtime,
  { settings }: Resolved,
  metadata: PhysicalMetadata | undefined,
  context: Context,
): Promise<Destination> {
  const target = settings.target ?? (await onlyCluster())
  const above = await requireWritable(target)
  const major = metadata && Number.parseInt(metadata.postgresql_version, 10)
  const wish = { settings, named: false, mayBuild: false, major }
  const image = await withOwner(await provideImage(runtime, wish, context), target)
  const user = process.getuid?.() === 0 ? { uid: image.uid, gid: image.gid } : undefined
  const service = await serviceOf(target, { bin: image.image, user })
  const { log } = context
  const start = async ({ signal }: Context) => {
    log.step(`Starting the server by ${service.name} …`)
    await service.start(signal)
    await waitUntilReady(target, service, settings, signal)
  }
  return {
    target,
    image,
    words: `${target}, in the care of ${service.name}`,
    takesTablespaces: true,
    recoversAside: true,
    startsAlways: true,
    options: service.options,
    roles: [settings.user, 'postgres'],
    seen: folder => folder,
    provide: () => runtime.provideAccess(target, above),
    prepare: (staging, signal) => addConfiguration(runtime, image, service, { staging, target }, signal),
    refuseUse: () => refuseHolders(target),
    isRunning: async () => (await findPostmaster(target)) !== undefined,
    async stop({ signal }) {
      log.step(`Stopping the server by ${service.name} …`)
      await service.stop(signal)
      await refuseHolders(target)
    },
    startFormer: start,
    startRestored: start,
  }
}

async function onlyCluster(): Promise<string> {
  const { folders: running, hidden } = await runningClusters()
  if (running.length === 0 && hidden) {
    throw new ToolkitError('prerequisite', {
      what: 'A server runs on this machine, and only its own user and root may see where its data is.',
      hint: 'Run the same command with sudo, or name the data directory: TARGET=…',
    })
  }
  if (running.length > 1) {
    throw new ToolkitError('usage', {
      what: `${running.length} servers run on this machine.`,
      why: running.join('\n'),
      hint: 'Name the data directory: TARGET=…',
    })
  }
  return running[0] ?? usualFolder
}

/**
 * The data directory is renamed and its files are given to the server's user. Gives the folder above it that is there
 * already.
 */
async function requireWritable(target: string): Promise<string> {
  let folder = dirname(target)
  while (!existsSync(folder)) folder = dirname(folder)
  const owner = await stat(target).catch(() => undefined)
  const foreign = owner !== undefined && process.getuid?.() !== 0 && owner.uid !== process.getuid?.()
  const closed = await access(folder, constants.W_OK).catch(error => error as Error)
  if (!foreign && closed === undefined) return folder
  throw new ToolkitError('prerequisite', {
    what: `You may not change ${foreign ? target : folder}.`,
    why: foreign ? `It belongs to the user with the id ${owner.uid}.` : (closed as Error).message,
    hint: 'Run the same command with sudo.',
  })
}

/** What is restored belongs to whom the former data belonged to. */
async function withOwner(image: ImageFacts, target: string): Promise<ImageFacts> {
  const owner = await stat(target).catch(() => undefined)
  return owner && owner.uid !== 0 ? { ...image, uid: owner.uid, gid: owner.gid } : image
}

/** Another server, perhaps in a container, that works in the very folder. */
async function refuseHolders(target: string): Promise<void> {
  const running = await findPostmaster(target)
  if (running?.argv.includes('postgresql.conf') && /-run\/|\/mnt\/db\/run\//.test(running.argv)) {
    throw new ToolkitError('usage', {
      what: `The server on ${target} was started by make start.`,
      hint: 'make restore is for that one.',
    })
  }
  const own = running ? await group(running.pid) : new Set<number>()
  const [other] = (await holdersOf(target)).filter(pid => !own.has(pid))
  if (other === undefined) return
  const name = await readFile(`/proc/${other}/comm`, 'utf8').catch(() => 'unknown')
  throw new ToolkitError('prerequisite', {
    what: `Something else works in ${target}: process ${other} (${name.trim()}).`,
    hint: 'It may be a server in a container, or a shell that stands in that folder. End it first.',
  })
}

/** A server's process and its children. */
async function group(pid: number): Promise<Set<number>> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '')
  return new Set([pid, ...children.split(' ').filter(Boolean).map(Number)])
}

/**
 * A server needs its configuration. Debian’s lies elsewhere, so its backups have none in them: then it is what this
 * place had before, else the least that there can be.
 */
async function addConfiguration(
  runtime: Runtime,
  image: ImageFacts,
  service: Service,
  { staging, target }: { staging: string; target: string },
  signal: AbortSignal,
): Promise<void> {
  if (service.hasConfiguration) return
  const lines = image.timescaledb.length > 0 ? "shared_preload_libraries = 'timescaledb'\n" : ''
  const script = `cd "$1"
for f in postgresql.conf pg_hba.conf pg_ident.conf; do [ -e "$f" ] || [ ! -f "$4/$f" ] || cp "$4/$f" "$f"; done
[ -e postgresql.conf ] || printf '%s' "$2" > postgresql.conf
[ -e pg_hba.conf ] || printf 'local all all peer\\nhost all all 127.0.0.1/32 scram-sha-256\\nhost all all ::1/128 scram-sha-256\\n' > pg_hba.conf
touch pg_ident.conf
chown "$3" postgresql.conf pg_hba.conf pg_ident.conf
chmod 0600 postgresql.conf pg_hba.conf pg_ident.conf`
  const owner = `${image.uid}:${image.gid}`
  const folders = [{ path: staging, mode: 'rw' as const }]
  await runtime.run(dataProgram('configure', image, folders, script, staging, lines, owner, target), {
    signal,
  })
}

/** The server itself says in its lock file when it takes connections. */
async function waitUntilReady(
  target: string,
  service: Service,
  { startTimeout }: Pick<Settings, 'startTimeout'>,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + startTimeout * 1000
  let seen = performance.now()
  while (performance.now() < deadline) {
    const lines = await readFile(join(target, 'postmaster.pid'), 'utf8').catch(() => '')
    if (/^ready\s*$/m.test(lines.split('\n')[7] ?? '')) return
    if (await findPostmaster(target)) seen = performance.now()
    // Not at the first look: whoever starts it may be between two processes.
    if (performance.now() - seen > 3000) {
      throw new ToolkitError('failed', {
        what: 'The server ended instead of starting. The restored data is in its place.',
        why: `It was started by ${service.name}.`,
        hint: `Its log says why, perhaps that another server has its port: ${service.log}`,
      })
    }
    await sleep(200, undefined, { signal })
  }
  throw new ToolkitError('failed', {
    what: `The server did not take connections within ${startTimeout} seconds.`,
    why: `It was started by ${service.name}.`,
    hint: 'Its log says what it does; START_TIMEOUT sets the patience.',
  })
}
