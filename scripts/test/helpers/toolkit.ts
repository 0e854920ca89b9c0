import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { localServer } from '../../runtime/local/server.ts'
import { freePort } from '../../runtime/port.ts'
import { shellWord } from '../../terminal/shell_words.ts'
import { copyTemplate } from './new_cluster.ts'
import { docker, image, noEngine } from './place.ts'
import { onMachine } from './server.ts'
import { nodeArguments } from './stripped.ts'

export { docker, freePort, image }

/** A toolkit of its own in a folder of its own: real scripts, a real engine, a real server. */

const scripts = join(import.meta.dirname, '..', '..')

export type Run = { code: number; stdout: string; stderr: string }
/**
 * `dialogue` leaves standard input open, for tests that answer later. `preload` is a module that node loads before the
 * script; the script then leads a process group of its own, as it does at a terminal.
 */
export type RunOptions = {
  env?: Record<string, string>
  input?: string
  cwd?: string
  dialogue?: true
  preload?: string
}

/** A line of CSV, as docker reads it. */
const bindMount = (folder: string): string =>
  ['type=bind', `source=${folder}`, `target=${folder}`].map(f => `"${f.replaceAll('"', '""')}"`).join(',')

export class Toolkit {
  readonly home: string
  readonly container: string
  readonly port: number
  readonly password = 'it\'s a \\ "secret": ✓ #1'
  private constructor(home: string, port: number) {
    this.home = home
    this.port = port
    // With our process in it, so that the next run knows whose container was left behind.
    this.container = `toolkit-test-${process.pid}-${randomBytes(4).toString('hex')}`
  }

  /** `under` is a folder to work in, for example a small disk. */
  static async create(under?: string): Promise<Toolkit> {
    const home = await mkdtemp(join(under ?? tmpdir(), 'toolkit test '))
    return new Toolkit(home, await freePort())
  }

  get dataDir(): string {
    return join(this.home, 'mnt/db/postgres')
  }
  get backupsDir(): string {
    return join(this.home, 'backups')
  }

  get env(): Record<string, string> {
    const { PATH = '', HOME = '' } = process.env
    return {
      PATH,
      HOME,
      TOOLKIT_HOME: this.home,
      CONTAINER: this.container,
      PGPORT: String(this.port),
      PGPASSWORD: this.password,
      ...(noEngine ? this.localPlace() : this.containerPlace()),
    }
  }

  private containerPlace(): Record<string, string> {
    const { DOCKER, DOCKER_HOST } = process.env
    return { IMAGE: image, ...(DOCKER && { DOCKER }), ...(DOCKER_HOST && { DOCKER_HOST }) }
  }

  private localPlace(): Record<string, string> {
    return { RUNTIME: 'local', PG_BIN: image }
  }

  /** Starts a script and gives the child, for tests that interrupt it. */
  start(
    script: string,
    args: readonly string[],
    options: RunOptions = {},
  ): { child: ChildProcess; done: Promise<Run> } {
    const preload = options.preload === undefined ? [] : [options.preload]
    const child = spawn(process.execPath, [...nodeArguments(join(scripts, script), preload), ...args], {
      detached: preload.length > 0,
      env: { ...this.env, ...options.env },
      cwd: options.cwd ?? join(scripts, '..'),
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    child.stderr.on('data', chunk => {
      stderr += chunk
    })
    child.stdin.on('error', () => {})
    if (!options.dialogue) child.stdin.end(options.input ?? '')
    const done = new Promise<Run>(resolve => {
      child.once('close', code => resolve({ code: code ?? -1, stdout, stderr }))
    })
    return { child, done }
  }

  run(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
    return this.start(script, args, options).done
  }

  /** Runs a script that has to succeed. */
  async ok(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<Run> {
    const run = await this.run(script, args, options)
    if (run.code !== 0)
      throw new Error(`${script} ${args.join(' ')} ended with ${run.code}:\n${run.stderr}\n${run.stdout}`)
    return run
  }

  // biome-ignore lint/suspicious/noExplicitAny: the shape is what the tests assert
  async json(script: string, args: readonly string[] = [], options: RunOptions = {}): Promise<any> {
    return JSON.parse((await this.ok(script, [...args, '--json'], options)).stdout)
  }

  /** Starts the database: the first time a new cluster, which is a copy of one that make start has made. */
  async startDatabase(): Promise<Run> {
    await copyTemplate(this)
    return this.ok('database.ts', ['start'])
  }

  /** Saves and gives the backup's id. */
  async save(...args: string[]): Promise<string> {
    return (await this.json('save.ts', args)).metadata.id
  }

  backup(id: string): string {
    return join(this.backupsDir, id)
  }

  async client(database = 'postgres'): Promise<pg.Client> {
    const { port, password } = this
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database })
    client.on('error', () => {})
    await client.connect()
    return client
  }

  /** Runs SQL over TCP and gives the rows of the (last) statement. */
  // biome-ignore lint/suspicious/noExplicitAny: rows of any query
  async sql(text: string, database?: string): Promise<any[]> {
    const client = await this.client(database)
    try {
      const result = await client.query(text)
      return (Array.isArray(result) ? result.at(-1) : result).rows
    } finally {
      await client.end()
    }
  }

  /** Names below a folder of this toolkit that are remains of work in progress. */
  async remains(): Promise<string[]> {
    const names: string[] = []
    for (const folder of ['backups', 'mnt/db']) {
      for (const name of await readdir(join(this.home, folder)).catch(() => [] as string[])) {
        if (/\.partial$|\.restoring-/.test(name)) names.push(`${folder}/${name}`)
      }
    }
    return names
  }

  /** Runs a shell script as who may do everything here, where everything of this toolkit is at its own path. */
  async asRoot(script: string): Promise<string> {
    // Who is root here need not become it in a container.
    if (process.getuid?.() === 0) return onMachine(['bash', '-euc', script])
    return this.inImage(script)
  }

  /** The same with the programs of the image: tar, for example, is another one on each machine. */
  async inImage(script: string): Promise<string> {
    if (noEngine) return onMachine(['bash', '-euc', script])
    return docker(
      ...['run', '--rm', '--network', 'none', '--user', '0:0', ...['--mount', bindMount(this.home)]],
      ...['--entrypoint', 'bash', image, '-euc', script],
    )
  }

  /** Where the server sees the folder of all tablespaces. */
  get tablespaces(): string {
    return noEngine ? `${this.dataDir}-tablespaces` : '/var/lib/postgresql/tablespaces'
  }

  /** Whatever runs below our folder: a test may have had a second one. */
  private async stopServers(): Promise<void> {
    const found = await this.asRoot(`find '${this.home}' -xdev -name postmaster.pid`).catch(() => '')
    for (const path of found.split('\n').filter(Boolean)) {
      const server = { container: this.container, dataDir: dirname(path) }
      await localServer.stop(server)
      await localServer.remove(server)
    }
  }

  async dispose(): Promise<void> {
    await mkdir(this.home, { recursive: true })
    if (noEngine) await this.stopServers()
    else await docker('rm', '--force', '--volumes', this.container).catch(() => {})
    await this.asRoot(`find ${shellWord(this.home)} -mindepth 1 -xdev -delete`).catch(() => {})
    await rm(this.home, { recursive: true, force: true })
  }
}

/** Works with a toolkit and takes everything away afterwards. */
export async function withToolkit<T>(work: (toolkit: Toolkit) => Promise<T>, under?: string): Promise<T> {
  const toolkit = await Toolkit.create(under)
  try {
    return await work(toolkit)
  } finally {
    await toolkit.dispose()
  }
}
