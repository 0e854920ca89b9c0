import { existsSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../../errors.ts'
import { clusterFolders } from '../../settings/cluster_folders.ts'
import { attach, type Output, runProcess } from '../process.ts'
import type { ExecOptions, Runtime, ServerName, ServerPlan, ServerStatus } from '../runtime.ts'
import { initialise } from './initialise.ts'
import { describeInstallation, installations } from './installations.ts'
import { launch, serverArgv } from './launch.ts'
import { findPostmaster, isAlive } from './postmaster.ts'
import { programEnvironment } from './programs.ts'
import { makeSocketFolder, socketFolder } from './sockets.ts'
import { serverUser } from './user.ts'

/** Seconds that a fast shutdown may take before we say that it does not end. */
const stopSeconds = 120

const consoleLog = (dataDir: string): string => join(clusterFolders(dataDir).run, 'console.log')

/** A new server's environment: nothing of ours that could be a secret. */
const serverEnvironment = (bin: string) => {
  const kept = new Set(['HOME', 'LANG', 'PATH', 'TZ', 'USER', 'LOGNAME'])
  const ours = Object.keys(process.env).filter(name => !kept.has(name))
  return { ...programEnvironment(bin), ...Object.fromEntries(ours.map(name => [name, undefined])) }
}

async function isEmpty(dataDir: string): Promise<boolean> {
  const names = await readdir(dataDir)
  return names.length === 0 || names.includes('.docker-init-unfinished')
}

async function start(plan: ServerPlan, signal?: AbortSignal): Promise<void> {
  const { dataDir, image: bin } = plan
  const user = await serverUser()
  const passwordFile = plan.env.POSTGRES_PASSWORD_FILE
  if (passwordFile && (await isEmpty(dataDir))) {
    const facts = await describeInstallation(bin)
    const timescaledb = (facts?.timescaledb ?? []).length > 0
    await initialise(plan, await readFile(passwordFile, 'utf8'), { user, timescaledb, signal })
  }
  const sockets = await makeSocketFolder(dataDir, user)
  const [, ...options] = plan.argv
  const argv = serverArgv(bin, dataDir, [...options, '-c', `unix_socket_directories=${sockets}`])
  signal?.throwIfAborted()
  // What an earlier start said would be taken for this one's.
  await rm(consoleLog(dataDir), { force: true })
  await launch(argv, { dataDir, log: consoleLog(dataDir), user, env: serverEnvironment(bin) })
}

async function stop({ dataDir }: ServerName): Promise<void> {
  const running = await findPostmaster(dataDir)
  if (running === undefined) return
  // SIGINT is the fast shutdown: sessions are ended, everything committed is on disk.
  process.kill(running.pid, 'SIGINT')
  const deadline = performance.now() + stopSeconds * 1000
  while (isAlive(running.pid) && performance.now() < deadline) await sleep(50)
  if (!isAlive(running.pid)) return removeSockets(dataDir)
  throw new ToolkitError('failed', {
    what: `The database has not shut down within ${stopSeconds} seconds.`,
    hint: 'It may be writing much: make logs shows what it does. Try make stop again.',
  })
}

/** A socket in /tmp must not gather there; the one beside the data stays. */
async function removeSockets(dataDir: string): Promise<void> {
  const sockets = socketFolder(dataDir)
  if (sockets.startsWith('/tmp/')) await rm(sockets, { recursive: true, force: true }).catch(() => {})
}

async function exec(server: ServerName, argv: readonly string[], options: ExecOptions = {}): Promise<Output> {
  return runProcess(argv, { ...options, ...(await besideServer(server)) })
}

async function besideServer({ dataDir }: ServerName) {
  const bin = (await findPostmaster(dataDir))?.bin ?? (await installations())[0] ?? ''
  const env = programEnvironment(bin, { PGHOST: socketFolder(dataDir) })
  return { env, user: await serverUser(), cwd: '/' }
}

/** Of a server that has ended: when it began to write its log, and with which programs. */
async function lastRun(dataDir: string): Promise<Pick<ServerStatus, 'startedAt' | 'image'>> {
  const text = await readFile(consoleLog(dataDir), 'utf8').catch(() => '')
  const [bin] = await installations()
  if (!/Future log output will appear in/.test(text) || bin === undefined) return {}
  return { startedAt: (await stat(consoleLog(dataDir))).mtime, image: bin }
}

const place = 'machine'

export const localServer: Runtime['server'] = {
  async status({ dataDir }) {
    const running = await findPostmaster(dataDir)
    if (running === undefined) {
      if (!existsSync(join(dataDir, 'PG_VERSION'))) return { state: 'absent', ours: true, place }
      return { state: 'stopped', dataDir, ours: true, place, ...(await lastRun(dataDir)) }
    }
    const { pid, startedAt, port, bin } = running
    // The server that somebody else has started on this folder has not our configuration.
    const ours = running.argv.includes(join(clusterFolders(dataDir).run, 'postgresql.conf'))
    const image = bin === undefined ? {} : { image: bin }
    return {
      state: 'running',
      id: String(pid),
      startedAt,
      port,
      dataDir,
      network: 'host',
      ours,
      place,
      ...image,
    }
  },
  // Of two servers on one data directory the second refuses to start: they see each other.
  using: async () => [],
  start,
  stop,
  remove: ({ dataDir }) => removeSockets(dataDir),
  exec,
  // As whoever types: the history and the ~/.psqlrc are theirs, and psql does not mind being root.
  async interactive(server, argv) {
    const { env } = await besideServer(server)
    const { LC_ALL: _, LC_MESSAGES: __, ...own } = env
    return attach(argv, { env: own })
  },
  async lastLogLines({ dataDir }, lines) {
    const text = await readFile(consoleLog(dataDir), 'utf8').catch(() => '')
    return text.trimEnd().split('\n').slice(-lines).join('\n')
  },
}
