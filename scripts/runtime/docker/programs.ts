import { randomBytes } from 'node:crypto'
import { ToolkitError } from '../../errors.ts'
import { type Output, start } from '../process.ts'
import type { Program, RunOptions, Runtime } from '../runtime.ts'
import { type Identity, programArguments } from './arguments.ts'
import { containers } from './containers.ts'
import { engine, engineProgram, label } from './engine.ts'
import { engineTraits, securityArguments } from './traits.ts'

const containerName = (program: Program): string =>
  `toolkit-${program.name}-${process.pid}-${randomBytes(3).toString('hex')}`

const isLoopback = (host: string): boolean => ['localhost', '127.0.0.1', '::1'].includes(host)

/**
 * The network of a client program. A server of ours in bridge mode listens inside its container: the client joins
 * that container's network, where the same address and port are right. Everything else is seen as this machine
 * sees it.
 */
async function networkOf(program: Program): Promise<string> {
  if (program.network === undefined) return 'none'
  if (program.network.container) return `container:${program.network.container}`
  if (!isLoopback(program.network.reach)) return 'host'
  const own = await engine([
    ...['ps', '--quiet', '--no-trunc'],
    ...['--filter', `label=${label}.port=${program.network.port}`],
    ...['--filter', `label=${label}.network=bridge`],
  ])
  return own.stdout ? `container:${own.stdout.split('\n')[0]}` : 'host'
}

/**
 * Client programs run as the caller, so that the files they write belong to the caller. In a rootless engine that is
 * root: any other id belongs to nobody outside its containers.
 */
function identity(): Identity {
  const traits = engineTraits()
  const caller = traits.rootless ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`
  return { caller, postgres: 'postgres', security: securityArguments(traits) }
}

/** The exit code of `docker run` when it is the engine that failed, not the program. */
const engineFailed = 125

/**
 * `docker run` does not pass signals on reliably, so a container that has to stop is removed by its name. Where the
 * engine does not answer there is nothing more to be done, and the first error is the one to report.
 */
const remove = (container: string): Promise<unknown> =>
  engine(['rm', '--force', '--volumes', container]).catch(() => undefined)

async function run(program: Program, options: RunOptions = {}): Promise<Output> {
  const { inputFrom, inputProgram, ...rest } = options
  const own = await containerOf(program, {
    input: options.input !== undefined || inputFrom !== undefined || inputProgram !== undefined,
  })
  const feeder = inputProgram && (await containerOf(inputProgram, { input: false }))
  // A shell that is process 1 of a container ignores the SIGTERM that `docker run` hands on to it.
  const removeAll = () => Promise.all([remove(own.container), feeder && remove(feeder.container)])
  const stop = () => void removeAll()
  options.signal?.addEventListener('abort', stop, { once: true })
  try {
    const from = feeder ? { argv: [engineProgram(), ...feeder.argv] } : inputFrom && { argv: inputFrom }
    const output = await engine(own.argv, { ...rest, inputFrom: from })
    // Who was killed may have been the client alone; then the program would go on, unattended.
    if (output.code > 128) await removeAll()
    if (output.code === engineFailed) {
      throw new ToolkitError('failed', {
        what: `${engineProgram()} could not start a container for ${program.argv[0]}.`,
        why: output.stderr,
      })
    }
    return output
  } finally {
    options.signal?.removeEventListener('abort', stop)
    // Once more: the container may have come to be after the first time.
    if (options.signal?.aborted) await removeAll()
  }
}

async function containerOf(
  program: Program,
  options: { input: boolean },
): Promise<{ container: string; argv: string[] }> {
  const container = containerName(program)
  return {
    container,
    argv: programArguments(program, container, identity(), await networkOf(program), options),
  }
}

function stream(program: Program, signal?: AbortSignal): ReturnType<Runtime['stream']> {
  const container = containerName(program)
  const argv = programArguments(program, container, identity(), 'none', { input: true })
  const child = start([engineProgram(), ...argv], ['pipe', 'pipe', 'pipe'])
  const stop = async () => {
    signal?.removeEventListener('abort', stop)
    child.kill('SIGTERM')
    await remove(container)
  }
  signal?.addEventListener('abort', stop, { once: true })
  return { child, stop }
}

/** A container outlives a toolkit that was killed, and so does its client; it is known by what it has mounted. */
async function stopOrphans(name: string, folder: string): Promise<number> {
  const filters = [`label=${label}.role=program`, `name=^toolkit-${name}-`]
  const orphans = (await containers(filters, { all: true })).filter(({ Mounts }) =>
    Mounts.some(({ Destination }) => Destination === folder),
  )
  if (orphans.length > 0) await engine(['rm', '--force', '--volumes', ...orphans.map(({ Id }) => Id)])
  return orphans.length
}

export const dockerPrograms: Pick<Runtime, 'run' | 'stream' | 'stopOrphans'> = { run, stream, stopOrphans }
