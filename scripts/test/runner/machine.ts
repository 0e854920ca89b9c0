import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chown, mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { docker, Toolkit } from '../helpers/toolkit.ts'

/** A machine that has an engine, make and the usual small programs, and no Node.js. */
const programs =
  'awk basename bash cat chmod cp cut date dirname docker env grep head id ln make mkdir mktemp podman readlink rm sed ' +
  'setpriv sh sha256sum sleep stat tail uname'

const root = join(import.meta.dirname, '../../..')
const socket = await stat('/var/run/docker.sock').catch(() => undefined)

/** Whether a test can be somebody else who may use the engine. */
export const mayBecome = process.getuid?.() === 0 && socket !== undefined && socket.gid !== 0
export const ordinary = 1234

export type Outcome = { code: number; stdout: string; stderr: string }
type Options = { input?: string; env?: Record<string, string> }

export class Machine {
  readonly toolkit: Toolkit
  private readonly uid: number | undefined
  private constructor(toolkit: Toolkit, uid: number | undefined) {
    this.toolkit = toolkit
    this.uid = uid
  }

  static async create(uid?: number): Promise<Machine> {
    const toolkit = await Toolkit.create()
    const machine = new Machine(toolkit, uid)
    for (const folder of [machine.path, machine.temp]) await mkdir(folder)
    for (const name of programs.split(' ')) {
      const found = (process.env.PATH ?? '')
        .split(delimiter)
        .map(folder => join(folder, name))
        .find(path => existsSync(path))
      if (found) await symlink(found, join(machine.path, name))
    }
    if (uid) for (const folder of [toolkit.home, machine.temp]) await chown(folder, uid, uid)
    return machine
  }

  private get path(): string {
    return join(this.toolkit.home, 'bin')
  }
  /** Where the runner puts what it hands over: nothing may stay in it. */
  get temp(): string {
    return join(this.toolkit.home, 'tmp')
  }
  get owner(): number {
    return this.uid ?? process.getuid?.() ?? 0
  }

  /** Starts a program in a process group of its own, as a terminal does. */
  start(argv: readonly string[], { input = '', env = {} }: Options = {}) {
    const { home } = this.toolkit
    const groups = `--groups=${this.uid},${socket?.gid}`
    const become = this.uid ? ['setpriv', `--reuid=${this.uid}`, `--regid=${this.uid}`, groups] : []
    const [program = '', ...args] = [...become, ...argv]
    const own = { PATH: this.path, HOME: home, TMPDIR: this.temp, LANG: 'C.UTF-8' }
    const child = spawn(program, args, {
      cwd: join(root, 'db'),
      env: { ...this.toolkit.env, ...own, ...env },
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    return { child, done: outcome(child) }
  }

  make = (...words: string[]): Promise<Outcome> => this.start(['make', ...words]).done
  script = (...words: string[]): Promise<Outcome> => this.start(['bash', '../scripts/run.sh', ...words]).done

  /** The container that a script runs in just now, as everybody who may use the engine sees it. */
  async container(): Promise<{ id: string; inspected: string } | undefined> {
    const list = ['ps', '--quiet', '--filter', 'label=com.timescaledb-toolkit.role=runner']
    const ids = (await docker(...list)).split('\n').filter(Boolean)
    for (const id of ids) {
      const inspected = await docker('inspect', id).catch(() => '')
      if (inspected.includes(JSON.stringify(this.temp).slice(1, -1))) return { id, inspected }
    }
    return undefined
  }

  left = (): Promise<string[]> => readdir(this.temp)
  dispose = (): Promise<void> => this.toolkit.dispose()
}

function outcome(child: ChildProcess): Promise<Outcome> {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', chunk => {
    stdout += chunk
  })
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  return new Promise(resolve => child.once('close', code => resolve({ code: code ?? -1, stdout, stderr })))
}
