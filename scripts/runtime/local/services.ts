import { existsSync } from 'node:fs'
import { readdir, readFile, readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../../errors.ts'
import { type Output, runProcess, type User } from '../process.ts'
import { serverOptions } from '../server_options.ts'
import { launch, serverArgv } from './launch.ts'
import { findPostmaster, isAlive } from './postmaster.ts'
import { programEnvironment } from './programs.ts'

/** Who starts and stops the server of a data directory of this machine. */
export type Service = {
  /** Such as “systemd (postgresql@15-main.service)”. */
  name: string
  /** Debian keeps the configuration apart from the data, in /etc. */
  hasConfiguration: boolean
  /** Where to look when it does not start. */
  log: string
  /** Settings on its command line. */
  options: Readonly<Record<string, string>>
  stop(signal?: AbortSignal): Promise<void>
  start(signal?: AbortSignal): Promise<void>
}

/** Where nothing on the machine looks after a server, it is started as pg_ctl would. */
const byHandName = 'pg_ctl'

/**
 * Data directories of the servers that run on this machine itself; those in containers are not its own. `hidden`: there
 * are some of other users, which may not be looked at.
 */
export async function runningClusters(): Promise<{ folders: string[]; hidden: boolean }> {
  let hidden = false
  const namespace = await readlink('/proc/self/ns/mnt').catch(() => undefined)
  const folders = new Set<string>()
  for (const pid of await processes()) {
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')
    if (!/^(postgres|postmaster)$/.test(name.trim())) continue
    const its = await readlink(`/proc/${pid}/ns/mnt`).catch((error: NodeJS.ErrnoException) => {
      hidden ||= error.code === 'EACCES'
      return undefined
    })
    if (its !== namespace) continue
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
    if (folder && existsSync(join(folder, 'postmaster.pid'))) folders.add(folder)
  }
  return { folders: [...folders], hidden }
}

/** Process ids of whoever works in that very folder, under whatever name a container may know it. */
export async function holdersOf(dataDir: string): Promise<number[]> {
  const wanted = await stat(dataDir).catch(() => undefined)
  if (wanted === undefined) return []
  const found = await Promise.all(
    (await processes()).map(async pid => {
      const folder = await stat(`/proc/${pid}/cwd/`).catch(() => undefined)
      return folder?.dev === wanted.dev && folder.ino === wanted.ino ? [Number(pid)] : []
    }),
  )
  return found.flat()
}

const processes = async (): Promise<string[]> =>
  (await readdir('/proc').catch(() => [] as string[])).filter(name => /^\d+$/.test(name))

/**
 * How the server of a data directory is started and stopped: by systemd or pg_ctlcluster where they know it, else
 * by pg_ctl.
 */
export async function serviceOf(
  dataDir: string,
  place: { bin: string; user: User | undefined },
): Promise<Service> {
  const debian = await debianCluster(dataDir)
  const unit = existsSync('/run/systemd/system') ? await unitOf(dataDir, debian) : undefined
  if (unit) {
    await refuseMasked(unit)
    const verb = (word: 'stop' | 'start') => ['systemctl', word, unit]
    return commands(`systemd (${unit})`, dataDir, debian !== undefined, verb)
  }
  if (debian) {
    const { version, cluster } = debian
    // As root it would ask systemd, which does not know a server that was started without it.
    const own = existsSync('/run/systemd/system') ? ['--skip-systemctl-redirect'] : []
    const program = ['pg_ctlcluster', ...own, String(version), cluster]
    const name = `pg_ctlcluster ${version} ${cluster}`
    const verb = (word: 'stop' | 'start') => [...program, word, ...(word === 'stop' ? ['-m', 'fast'] : [])]
    return commands(name, dataDir, true, verb)
  }
  return byHand(dataDir, place)
}

type DebianCluster = { version: number | string; cluster: string; pgdata: string }

async function debianCluster(dataDir: string): Promise<DebianCluster | undefined> {
  const listed = await runProcess(['pg_lsclusters', '--json']).catch(() => undefined)
  if (listed?.code !== 0) return undefined
  const clusters = JSON.parse(listed.stdout || '[]') as DebianCluster[]
  const wanted = await real(dataDir)
  for (const cluster of clusters) if ((await real(cluster.pgdata)) === wanted) return cluster
  return undefined
}

const real = (path: string): Promise<string> => realpath(path).catch(() => path)

/** The unit that a running server belongs to, or that would start it. */
async function unitOf(dataDir: string, debian: DebianCluster | undefined): Promise<string | undefined> {
  const running = await findPostmaster(dataDir)
  if (debian) {
    const name = `postgresql@${debian.version}-${debian.cluster}.service`
    return running && (await property(name, 'MainPID')) !== String(running.pid) ? undefined : name
  }
  const groups = running ? await readFile(`/proc/${running.pid}/cgroup`, 'utf8').catch(() => '') : ''
  const unit = /\/system\.slice\/(?:.*\/)?([^/\n]+\.service)/.exec(groups)?.[1]
  // Whatever started it by hand (cron, a runner of jobs) is a service too, and stopping that would stop all the rest.
  if (unit && running) return (await property(unit, 'MainPID')) === String(running.pid) ? unit : undefined
  const listed = await runProcess([
    'systemctl',
    'list-unit-files',
    '--no-legend',
    '--plain',
    'postgres*.service',
  ])
  for (const line of listed.stdout.split('\n')) {
    const name = line.split(' ')[0] ?? ''
    if (!name.endsWith('.service') || name.includes('@.')) continue
    if ((await property(name, 'Environment')).split(/[ =]/).includes(dataDir)) return name
  }
  return undefined
}

async function property(unit: string, name: string): Promise<string> {
  const shown = await runProcess(['systemctl', 'show', unit, '-p', name, '--value'])
  return shown.stdout.trim()
}

/** @throws ToolkitError prerequisite where the unit could not be started again afterwards. */
async function refuseMasked(unit: string): Promise<void> {
  if ((await property(unit, 'LoadState')) !== 'masked') return
  throw new ToolkitError('prerequisite', {
    what: `The service ${unit} is masked, so it could not be started afterwards.`,
    hint: `Nothing was changed. Let it be started again: sudo systemctl unmask ${unit}`,
  })
}

function commands(
  name: string,
  dataDir: string,
  hasConfiguration: boolean,
  verb: (word: 'stop' | 'start') => readonly string[],
): Service {
  return {
    name,
    hasConfiguration,
    log: name.startsWith('systemd') ? 'journalctl -xe' : 'pg_lsclusters names it.',
    options: {},
    async stop(signal) {
      expect(name, 'stopped', await runProcess(verb('stop'), { signal }))
      await gone(dataDir)
    },
    async start(signal) {
      expect(name, 'started', await runProcess(verb('start'), { signal }))
    },
  }
}

function expect(name: string, what: string, { code, stdout, stderr }: Output): void {
  if (code === 0) return
  throw new ToolkitError('failed', {
    what: `The server could not be ${what} by ${name}.`,
    why: [stdout, stderr].filter(Boolean).join('\n').split('\n').slice(-12).join('\n'),
    hint: name.startsWith('systemd') ? 'journalctl -xe shows more.' : 'The server’s log shows more.',
  })
}

/**
 * PostgreSQL keeps them in the data directory, also when it is stopped. What was restored has none: where a restore was
 * cut off, those of the former data count.
 */
async function lastOptions(dataDir: string): Promise<string> {
  const former = `${basename(dataDir)}.before-restore-`
  const beside = await readdir(dirname(dataDir)).catch(() => [] as string[])
  const formers = beside.filter(name => name.startsWith(former) && !name.endsWith('.json'))
  const names = [basename(dataDir), ...formers.sort().reverse()]
  for (const name of names) {
    const options = await readFile(join(dirname(dataDir), name, 'postmaster.opts'), 'utf8').catch(() => '')
    if (options) return options
  }
  return ''
}

/** As pg_ctl does: the server gets the options that it was started with before. */
async function byHand(
  dataDir: string,
  { bin, user }: { bin: string; user: User | undefined },
): Promise<Service> {
  const before = await lastOptions(dataDir)
  // postmaster.opts: the program, then each option in double quotes.
  const options = [...before.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(match => match[1] ?? '')
  const own = options.filter((word, i) => word !== '-D' && options[i - 1] !== '-D')
  const log = `${dataDir}.log`
  return {
    name: byHandName,
    hasConfiguration: false,
    log,
    options: serverOptions(own),
    async stop() {
      const running = await findPostmaster(dataDir)
      if (running) process.kill(running.pid, 'SIGINT')
      await gone(dataDir)
    },
    async start() {
      await launch(serverArgv(bin, dataDir, own), { dataDir, log, user, env: programEnvironment(bin) })
      if (await findPostmaster(dataDir)) return
      const said = await readFile(log, 'utf8').catch(() => '')
      throw new ToolkitError('failed', {
        what: 'The server ended instead of starting.',
        why: said.trimEnd().split('\n').slice(-12).join('\n'),
        hint: `${log} has the whole of it.`,
      })
    },
  }
}

/** @throws ToolkitError failed where it does not end: nothing may be put in its place then. */
async function gone(dataDir: string): Promise<void> {
  const running = await findPostmaster(dataDir)
  if (running === undefined) return
  for (let i = 0; i < 6000; i++) {
    if (!isAlive(running.pid)) return
    await sleep(100)
  }
  throw new ToolkitError('failed', {
    what: `The server in ${dataDir} (process ${running.pid}) did not end within 10 minutes.`,
    hint: 'Nothing was changed. Its log says what it waits for.',
  })
}
