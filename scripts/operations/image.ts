import { join } from 'node:path'
import type { PhysicalMetadata } from '../catalog/metadata.ts'
import { ToolkitError } from '../errors.ts'
import { type ClusterRecord, readClusterRecord } from '../postgres/cluster_record.ts'
import { runProcess } from '../runtime/process.ts'
import { imageFoundBefore, inToolsImage } from '../runtime/runner.ts'
import type { ImageFacts, Runtime, ServerStatus, TheirContainer } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { assetFolder } from '../settings/folders.ts'
import type { Settings } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { formatDuration } from '../terminal/format.ts'

/** The major version that the Debian image is built for. */
const builtMajor = 17
const builtImage = (major: number): string => `timescaledb-toolkit/postgres:${major}`

export type ImageWish = {
  settings: Pick<Settings, 'image'>
  /** Whether the user named an image, rather than the default doing so. */
  named: boolean
  record?: ClusterRecord | undefined
  /** Nothing depends on the image yet, so one built from Debian's packages may stand in. */
  mayBuild: boolean
  /** The major version that the data is of, where that is known. */
  major?: number | undefined
  /** Only programs that talk to a server are needed, and newer ones do as well. */
  client?: boolean
}

/**
 * The image to work with: the one that the user names, else the one that made the data directory, else the
 * default; fetched when it is not here, and built from Debian's packages where nothing can be fetched and
 * nothing depends on it yet.
 * @throws ToolkitError prerequisite
 */
export async function provideImage(
  runtime: Runtime,
  wish: ImageWish,
  { log, signal }: Context,
): Promise<ImageFacts> {
  if (runtime.kind === 'local') return chooseInstallation(runtime, wish)
  const image = wish.named ? wish.settings.image : (wish.record?.image ?? wish.settings.image)
  const here = await runtime.images.find(image, signal)
  if (here) return here
  const standIn =
    !wish.named && wish.mayBuild ? await runtime.images.find(builtImage(builtMajor), signal) : undefined
  if (standIn) {
    log.step(`Using ${standIn.image}, built from Debian’s packages: ${image} is not on this machine.`)
    return standIn
  }
  log.step(`Fetching the image ${image} …`)
  const pulled = await runtime.images.pull(image, log.detail, signal)
  const fetched = pulled.ok ? await runtime.images.find(image, signal) : undefined
  if (fetched) return fetched
  if (wish.named || !wish.mayBuild) {
    throw new ToolkitError('prerequisite', {
      what: `The image ${image} is not on this machine and could not be fetched.`,
      why: pulled.why,
      hint: wish.named
        ? 'Check the name and the network, or leave IMAGE out.'
        : 'The data directory was made with it. Fetch it where there is a network (docker pull, docker save, docker load).',
    })
  }
  log.step(`It could not be fetched (${pulled.why}).`)
  return buildImage(runtime, { log, signal })
}

/**
 * PostgreSQL of this machine: what made the data directory, else of the data's major version, else the newest.
 * @throws ToolkitError prerequisite
 */
async function chooseInstallation(
  runtime: Runtime,
  { record, major, client = false }: Pick<ImageWish, 'record' | 'major' | 'client'>,
): Promise<ImageFacts> {
  await runtime.check()
  const all = (await runtime.images.installed()).sort(
    (a, b) => Number(b.image === record?.image) - Number(a.image === record?.image),
  )
  const wanted = major ?? (record && Number.parseInt(record.postgresql_version, 10))
  const fitting = all.filter(i => wanted === undefined || i.major === wanted)
  const newest = all.toSorted((a, b) => b.major - a.major)[0]
  const found = client ? (fitting[0] ?? newest) : fitting.find(i => i.hasServer)
  if (found) return found
  const clients = fitting[0]
  const name = `postgresql${wanted === undefined ? '' : `-${wanted}`}`
  throw new ToolkitError('prerequisite', {
    what: clients
      ? `In ${clients.image} are the programs of PostgreSQL’s client only; a database needs those of the server.`
      : `The data is of PostgreSQL ${wanted}, and this machine has no programs of that version.`,
    why: `This machine has ${all.map(({ version, image, hasServer }) => `${version} in ${image}${hasServer ? '' : ' (client only)'}`).join(', ')}.`,
    hint: inToolsImage()
      ? 'RUNTIME=docker uses the programs of IMAGE; the command gets the engine’s socket then.'
      : `Install it (Debian and Ubuntu: sudo apt-get install ${name}), or name its folder in PG_BIN.`,
  })
}

/** Builds the Debian-packages image; says so first, for it takes minutes. */
async function buildImage(
  runtime: Runtime,
  { log, signal }: Pick<Context, 'log' | 'signal'>,
): Promise<ImageFacts> {
  const tag = builtImage(builtMajor)
  const folder = assetFolder('docker')
  const started = performance.now()
  log.step(
    `Building ${tag} from Debian’s packages instead: PostgreSQL ${builtMajor} with the Apache edition of TimescaleDB\n(hypertables, but no compression, no continuous aggregates, no policies). This takes a few minutes, once.`,
  )
  const args = { PG_MAJOR: String(builtMajor) }
  const build = () => runtime.images.build({ folder, tag, target: 'postgres', args }, log.detail, signal)
  let output = await build()
  let why = output.stderr
  if (output.code !== 0) {
    // The usual reason is that its base image cannot be fetched either. The script makes that, or says what it needs.
    log.step('Making its base image, debian:trixie-slim, from Debian’s package archive …')
    const base = await runProcess([join(folder, 'base-image.sh')], { signal, onStdout: log.detail })
    if (base.code === 0) output = await build()
    why = base.code === 0 ? output.stderr : base.stderr
  }
  const built = output.code === 0 ? await runtime.images.find(tag, signal) : undefined
  if (built) {
    log.step(`Built in ${formatDuration((performance.now() - started) / 1000)}.`)
    return built
  }
  throw new ToolkitError('prerequisite', {
    what: 'No image of TimescaleDB can be fetched, and none could be built.',
    why: why.split('\n').slice(-5).join('\n'),
    hint: 'Where Docker Hub cannot be reached: sudo apt-get install debootstrap, then sudo db/docker/base-image.sh\nThen try again.',
  })
}

/** What identifies an image. */
export type ServerImage = Pick<ImageFacts, 'image' | 'id' | 'digest'>

/**
 * The image whose programs talk to the server: that of our own container when it is the server, else IMAGE.
 * `origin` is the server's own image, where it is known. `major` is that of the server or of the backup: a machine
 * may have several versions.
 */
export async function provideClientImage(
  runtime: Runtime,
  { settings, sources }: Resolved,
  context: Context,
  { theirs, major }: { theirs?: TheirContainer | undefined; major?: number | undefined } = {},
): Promise<{ image: ImageFacts; origin: ServerImage | undefined }> {
  await runtime.check(context.signal)
  const same = theirs && (await runtime.images.find(theirs.imageId, context.signal))
  if (same) {
    const image = { ...same, image: theirs.image }
    return { image, origin: image }
  }
  const status = await runtime.server.status(settings, context.signal).catch((error): ServerStatus => {
    // A data directory that is not ours to look into, and no reason not to save another server.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
    return { state: 'absent', place: runtime.kind === 'docker' ? 'image' : 'machine', ours: false }
  })
  const isLocal = ['localhost', '127.0.0.1', '::1'].includes(settings.host)
  const ours = status.state === 'running' && status.ours && isLocal && status.port === settings.port
  if (ours && status.image) {
    const image = await runtime.images.find(status.image, context.signal)
    if (image) return { image, origin: image }
  }
  const record = await readClusterRecord(settings.dataDir)
  const named = sources.image !== 'default'
  const wish: ImageWish = { settings, named, record, mayBuild: true, major, client: true }
  const image = await provideImage(runtime, wish, context)
  return { image, origin: isLocal ? imageFoundBefore(settings.port) : undefined }
}

/**
 * The image that will open a restored cluster: the one that is named, else the one the backup was made with, where
 * it is here, else that of the data directory or the default.
 */
export async function provideRestoreImage(
  runtime: Runtime,
  { settings, sources }: Resolved,
  metadata: PhysicalMetadata | undefined,
  context: Context,
): Promise<ImageFacts> {
  const named = sources.image !== 'default'
  const made = metadata?.server.image
  const major = metadata && Number.parseInt(metadata.postgresql_version, 10)
  const same = !named && made ? await runtime.images.find(made, context.signal) : undefined
  if (same && (major === undefined || same.major === major)) return same
  const record = await readClusterRecord(settings.dataDir)
  return provideImage(runtime, { settings, named, record, mayBuild: true, major }, context)
}
