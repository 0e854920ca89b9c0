import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { delimiter } from 'node:path'
import { promisify } from 'node:util'
import { findPostmaster } from '../../runtime/local/postmaster.ts'
import { socketFolder } from '../../runtime/local/sockets.ts'
import { docker, image, noEngine } from './place.ts'

/** The server of a toolkit and the programs that the toolkit has started, in containers or on this machine. */
type Named = { container: string; dataDir: string; home: string }

/** PostgreSQL's programs before all others. */
const PATH = `${image}${delimiter}${process.env.PATH}`

/** Runs a program of this machine, with those of PostgreSQL. */
export async function onMachine(
  argv: readonly string[],
  options: { env?: Record<string, string>; uid?: number; gid?: number } = {},
): Promise<string> {
  const [program = '', ...args] = argv
  const env = { ...process.env, PATH, ...options.env }
  const running = promisify(execFile)(program, args, { maxBuffer: 1 << 26, cwd: '/', ...options, env })
  // Nobody is there who could type a password.
  running.child.stdin?.end()
  return (await running).stdout.trim()
}

/** Runs a program beside the server, as its user. */
export async function besideServer({ container, dataDir }: Named, ...argv: string[]): Promise<string> {
  if (!noEngine) return docker('exec', '--user', 'postgres', container, ...argv)
  const { uid, gid } = await stat(dataDir)
  const env = { PGDATA: dataDir, PGHOST: socketFolder(dataDir), HOME: '/' }
  return onMachine(argv, { uid, gid, env })
}

/** Another one for each start. Empty: none is running. */
export async function serverId({ container, dataDir }: Named): Promise<string> {
  if (!noEngine) return docker('ps', '--quiet', '--no-trunc', '--filter', `name=^${container}$`)
  return String((await findPostmaster(dataDir))?.pid ?? '')
}

/** Containers of ours with this data directory, running or not, or processes that work in it. */
export async function serversAt(dataDir: string): Promise<string[]> {
  if (!noEngine) {
    const label = `label=com.timescaledb-toolkit.data-dir=${dataDir}`
    return (await docker('ps', '--all', '--quiet', '--filter', label)).split('\n').filter(Boolean)
  }
  // Of one whose folder was deleted under it the link ends with “ (deleted)”.
  return processes()
    .filter(({ cwd }) => cwd.startsWith(dataDir))
    .map(({ pid }) => String(pid))
}

/** As a power cut would: without a word. */
export async function killServer(server: Named): Promise<void> {
  if (!noEngine) {
    await docker('kill', server.container)
    return
  }
  killProcess(await serverId(server))
}

/** One of `programsAt`. */
export async function killProgram(name: string): Promise<void> {
  if (!noEngine) await docker('kill', name)
  else killProcess(name)
}

/** Number('') is 0, and that is everybody in our own process group. */
export function killProcess(id: string): void {
  if (!/^[1-9]\d+$/.test(id)) throw new Error(`There is nobody to kill: “${id}” is no process.`)
  process.kill(Number(id), 'SIGKILL')
}

type Process = { pid: number; leads: boolean; environment: string[]; cwd: string }

/** Every process that we may look at; `leads`: its process group. */
export function processes(): Process[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
        // After the name, which is in parentheses: state, parent, process group.
        const group = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[2]
        return [
          { pid: Number(name), leads: group === name, environment, cwd: readlinkSync(`/proc/${name}/cwd`) },
        ]
      } catch {
        return []
      }
    })
}

const role = ['--filter', 'label=com.timescaledb-toolkit.role=program']

/** The toolkit’s programs, running or not, that work in a folder: a container’s name, or a process id. */
export async function programsAt(folder: string): Promise<string[]> {
  if (!noEngine) {
    const names = await docker(
      ...['ps', '--all', ...role, '--filter', `volume=${folder}`, '--format', '{{.Names}}'],
    )
    return names.split('\n').filter(Boolean)
  }
  return processes()
    .filter(({ leads }) => leads)
    .filter(({ environment }) =>
      (environment.find(line => line.startsWith('TOOLKIT_FOLDERS=')) ?? '')
        .slice(16)
        .split('\n')
        .includes(folder),
    )
    .map(({ pid }) => String(pid))
}

/** Those that one run of the toolkit has started and that are still there. */
export async function programsOf({ home }: Named, pid: number | undefined): Promise<string[]> {
  if (!noEngine) {
    const names = await docker('ps', '--all', ...role, '--format', '{{.Names}}')
    return names.split('\n').filter(name => new RegExp(`^toolkit-[\\w-]+-${pid}-`).test(name))
  }
  return processes()
    .filter(({ environment }) => environment.includes(`TOOLKIT_HOME=${home}`))
    .filter(({ environment }) => environment.some(line => line.startsWith('TOOLKIT_PROGRAM=')))
    .map(process => String(process.pid))
}
