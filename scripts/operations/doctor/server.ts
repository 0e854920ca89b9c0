import { connect } from 'node:net'
import { containerOnPort, reachesPort } from '../../runtime/examine.ts'
import { portIsFree } from '../../runtime/port.ts'
import { runProcess } from '../../runtime/process.ts'
import { type Finding, missing, note, ok } from './finding.ts'
import type { Patient } from './patient.ts'

/** Our own database: its state, its port, how it is reached. */

export async function examineDatabase({ status, asked, record, settings }: Patient): Promise<Finding> {
  const { state, ours, dataDir } = await status
  if (state !== 'absent' && !ours)
    return note(
      'database',
      `a container called ${settings.container} is there, and it is not ours`,
      'Choose another name and port in db/.env: CONTAINER=… PGPORT=…',
    )
  if (state === 'running' && dataDir !== settings.dataDir)
    return note(
      'database',
      `${settings.container} runs on ${dataDir}`,
      'Choose another CONTAINER for this one.',
    )
  const salvaged = (await record)?.salvaged_at
  if (salvaged)
    return note(
      'database',
      `salvaged with pg_resetwal at ${salvaged}`,
      'Dump it, and go on with a new cluster: docs/SALVAGE.md',
    )
  if (state !== 'running') return ok('database', state === 'absent' ? 'not running' : state)
  try {
    await asked
    return ok('database', 'running, and answers')
  } catch (error) {
    return note(
      'database',
      `running; it could not be asked: ${(error as Error).message}`,
      'make logs; make set-password',
    )
  }
}

export async function examineChecksums({ asked }: Patient): Promise<Finding> {
  const answers = await asked
  if (answers === undefined) return ok('checksums', 'no server to ask')
  return answers.checksums
    ? ok('checksums', 'on: a damaged page is noticed')
    : note(
        'checksums',
        'off: a damaged page is not noticed, and gets into every backup',
        'With the server stopped: pg_checksums --enable (as its user, it rewrites every page).',
      )
}

export async function examinePort(
  { runtime, settings, status }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  const { state, port } = await status
  if (state === 'running') return ok('port', String(port ?? settings.port))
  if (await portIsFree(settings.port)) return ok('port', `${settings.port} is free`)
  const container = runtime.kind === 'docker' ? await containerOnPort(settings.port, signal) : undefined
  const owner = container ? `the container ${container}` : await programOnPort(settings.port, signal)
  return missing(
    'port',
    `${settings.port} is taken by ${owner ?? 'another program'}`,
    `Choose another one in db/.env: PGPORT=${settings.port + 1}`,
  )
}

/** ss tells the programs of others to root only. */
async function programOnPort(port: number, signal: AbortSignal): Promise<string | undefined> {
  const argv = ['ss', '--no-header', '--listening', '--numeric', '--tcp', '--processes', `sport = :${port}`]
  const output = await runProcess(argv, { signal }).catch(() => undefined)
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(output?.stdout ?? '') ?? []
  return name && `${name} (process ${pid})`
}

export async function examineNetwork({ status, settings }: Patient): Promise<Finding> {
  const { state, network, port = settings.port } = await status
  if (state !== 'running') return ok('network', `${settings.network}; no server to reach`)
  return (await answers(port))
    ? ok('network', `${network ?? 'host'}; this machine reaches 127.0.0.1:${port}`)
    : note(
        'network',
        `${network ?? 'host'}; nothing answers at 127.0.0.1:${port} of this machine`,
        'NETWORK=bridge publishes the port where the engine has no network of this machine (make restart).',
      )
}

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 1000 })
    const end = (result: boolean) => {
      socket.destroy()
      resolve(result)
    }
    socket
      .once('connect', () => end(true))
      .once('error', () => end(false))
      .once('timeout', () => end(false))
  })

/** Takes a container, so it is made with --verbose only. */
export async function examineReach(
  { runtime, status, image, settings }: Patient,
  signal: AbortSignal,
): Promise<Finding> {
  const [{ state, network, id, port = settings.port }, found] = [await status, await image]
  if (runtime.kind !== 'docker') return ok('reach', 'no containers')
  if (state !== 'running' || found === undefined || id === undefined) return ok('reach', 'no server to reach')
  const way = network === 'bridge' ? `container:${id}` : 'host'
  return (await reachesPort(found.image, way, port, signal))
    ? ok('reach', `a container reaches the server (${network})`)
    : note(
        'reach',
        `a container does not reach the server (${network})`,
        'Programs such as pg_basebackup run in one. Try NETWORK=bridge (make restart).',
      )
}
