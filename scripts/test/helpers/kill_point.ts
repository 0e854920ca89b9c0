import childProcess, { type ChildProcess } from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { hostname } from 'node:os'

/**
 * Loaded before a script of ours (`--import`), never by one. It stands between the script and node: every call that
 * changes something below the toolkit's folder, and every program that is started, is a step with a name. The steps
 * of a run are written down, or one of them is the moment at which somebody dies.
 */
/** `pause`: nobody dies; the script stands still until somebody lets it go on. */
export type Victim = 'script' | 'SIGINT' | 'SIGTERM' | 'child' | 'container' | 'server' | 'pause'
export type Order = {
  home: string
  container: string
  /** Without an engine. */
  local?: boolean
  /** A file that the steps are written to. */
  record?: string
  /** At the `nth` time that this step comes. */
  step?: string
  nth?: number
  victim?: Victim
  /** While the program of the step runs, not before it is started. */
  during?: boolean
  /** Written when the moment has come. */
  reached?: string
}

const order = JSON.parse(process.env.KILL_POINT ?? '{}') as Order
const { appendFileSync, writeFileSync } = fs
const { spawn, execFileSync } = childProcess
const docker = process.env.DOCKER || 'docker'
const seen = new Map<string, number>()

/** The same words for the same step of every run. */
function stable(text: string): string {
  return text
    .replaceAll(order.home, '')
    .replaceAll(order.container, '<server>')
    .replaceAll(`.toolkit-${hostname()}-`, '<work>-')
    .replace(/<work>-\d+-\w*/g, '<work>')
    .replace(/\d{8}_\d{6}|\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ/g, '<moment>')
    .replace(/toolkit-(\w+)-\d+-[0-9a-f]{6}/g, 'toolkit-$1')
    .replace(/\b\d{5,}(?=\.|$|\/)/g, '<number>')
}

function isMoment(step: string): boolean {
  const nth = (seen.get(step) ?? 0) + 1
  seen.set(step, nth)
  if (order.record) appendFileSync(order.record, `${JSON.stringify({ step, nth })}\n`)
  return order.step === step && (order.nth ?? 1) === nth
}

const tell = (how: string): void => {
  if (order.reached) writeFileSync(order.reached, how)
}

/** As a terminal does it: everything in the process group of the script gets the signal. */
function strike(): void {
  tell('reached')
  if (order.victim === 'script') process.kill(process.pid, 'SIGKILL')
  else if (order.victim === 'pause') process.kill(process.pid, 'SIGSTOP')
  else if (order.victim === 'SIGINT' || order.victim === 'SIGTERM') process.kill(0, order.victim)
  else if (order.victim === 'server') killServer()
}

/** A cluster of this machine says in its lock file who its server is. */
function killServer(): void {
  const lock = `${order.home}/mnt/db/postgres/postmaster.pid`
  const [pid] = order.local ? fs.readFileSync(lock, 'utf8').split('\n') : []
  if (pid) process.kill(Number(pid), 'SIGKILL')
  else execFileSync(docker, ['kill', order.container], { stdio: 'ignore', timeout: 20_000 })
}

function before(step: string): void {
  if (!isMoment(step) || order.during) return
  try {
    strike()
  } catch {
    // The server was not running at that moment.
  }
}

const isOurs = (path: unknown): path is string => typeof path === 'string' && path.startsWith(order.home)

// The calls that change something, by the argument that names the place.
const { promises } = fs
type Call = (...args: unknown[]) => unknown
function wrap(
  holder: Record<string, unknown>,
  name: string,
  stepOf: (args: unknown[]) => string | undefined,
) {
  const original = holder[name] as Call
  holder[name] = function (this: unknown, ...args: unknown[]) {
    const step = stepOf(args)
    if (step !== undefined) before(stable(step))
    return original.apply(this, args)
  }
}
const asHolder = promises as unknown as Record<string, unknown>
for (const name of ['mkdir', 'mkdtemp', 'rm', 'rmdir', 'unlink', 'chmod', 'writeFile', 'appendFile']) {
  wrap(asHolder, name, ([path]) => (isOurs(path) ? `${name} ${path}` : undefined))
}
for (const name of ['rename', 'symlink', 'link', 'copyFile']) {
  wrap(asHolder, name, ([from, to]) => (isOurs(to) ? `${name} ${from} → ${to}` : undefined))
}
wrap(fs as unknown as Record<string, unknown>, 'createWriteStream', ([path]) =>
  isOurs(path) ? `createWriteStream ${path}` : undefined,
)

const paths = new WeakMap<object, string>()
const { open } = promises
asHolder.open = async (...args: Parameters<typeof open>) => {
  const [path, flags] = args
  if (isOurs(path) && flags !== undefined && flags !== 'r') before(stable(`open ${path}`))
  const handle = await open(...args)
  if (isOurs(path)) paths.set(handle, path)
  return handle
}
const handle = await open('/dev/null')
const methods = Object.getPrototypeOf(handle) as Record<string, unknown>
await handle.close()
for (const name of ['write', 'writeFile', 'sync', 'truncate']) {
  const original = methods[name] as Call
  methods[name] = function (this: object, ...args: unknown[]) {
    const path = paths.get(this)
    if (path !== undefined) before(stable(`${name} ${path}`))
    return original.apply(this, args)
  }
}

/** What only looks is no step. */
const looks = ['version', 'info', 'inspect', 'ps', 'logs']

/** `docker run toolkit-finish`, `docker exec psql`; undefined for what only looks. */
function stepOfProgram(
  program: string,
  args: readonly string[],
  { env }: childProcess.SpawnOptions,
): string | undefined {
  // Without an engine a program has its name in its environment.
  if (env?.TOOLKIT_PROGRAM) return `run ${env.TOOLKIT_PROGRAM}`
  const own = /(?:^|\/)(zstd|lz4|gzip|postgres)$/.exec(program)?.[1]
  if (program !== docker) return own && !args.includes('--version') ? `start ${own}` : undefined
  const [verb = '', second = ''] = args
  if (looks.includes(verb) || second === 'inspect') return undefined
  if (verb === 'run') return `docker run ${nameOf(args)}`
  if (verb === 'exec') return `docker exec ${args[args.indexOf(order.container) + 1]}`
  return `docker ${verb} ${args.at(-1)}`
}

const nameOf = (args: readonly string[]): string => args[args.indexOf('--name') + 1] ?? ''

/** Waits until the container runs, or the program has ended; `act` says whether it did what it wanted. */
function whileRunning(child: ChildProcess, act: () => Promise<boolean>): void {
  let ended = false
  child.once('exit', () => {
    ended = true
  })
  const again = async () => {
    if (await act().catch(() => false)) return
    if (ended) tell('missed')
    else setTimeout(again, 10)
  }
  void again()
}

const succeeds = (args: readonly string[], wanted = ''): Promise<boolean> =>
  new Promise(resolve => {
    const child = spawn(docker, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout.on('data', chunk => {
      text += chunk
    })
    child.once('close', code => resolve(code === 0 && text.includes(wanted)))
  })

function strikeDuring(child: ChildProcess, args: readonly string[]): void {
  const name = args[0] === 'run' ? nameOf(args) : undefined
  whileRunning(child, async () => {
    if (order.victim === 'container') {
      if (!name || !(await succeeds(['kill', name]))) return false
      tell('reached')
      return true
    }
    if (name && !(await succeeds(['inspect', '--format', '{{.State.Running}}', name], 'true'))) return false
    if (order.victim === 'child') {
      tell('reached')
      return child.kill('SIGKILL')
    }
    strike()
    return true
  })
}

childProcess.spawn = ((program: string, args: readonly string[], options: childProcess.SpawnOptions) => {
  const step = stepOfProgram(program, args, options)
  if (step === undefined) return spawn(program, args, options)
  const name = stable(step)
  const isIt = isMoment(name)
  if (isIt && !order.during) {
    try {
      strike()
    } catch {
      // As above.
    }
  }
  const child = spawn(program, args, options)
  if (isIt && order.during) strikeDuring(child, args)
  return child
}) as typeof spawn

syncBuiltinESMExports()
