import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { localEnvironment, makeLocal, queryLocal, rowsOfCopy, startLocal, stopLocal } from './kill_local.ts'
import type { SceneName } from './kill_verbs.ts'
import { createTablespaces } from './tablespaces.ts'
import { docker, image, Toolkit } from './toolkit.ts'

/**
 * Where a verb begins. Each scene is made once and copied from then on: that takes a fraction of a second, making
 * a cluster takes four.
 */
export type Scene = {
  /** The backup, and the fingerprints of the rows that are in it and that are there now. */
  id: string
  rows: { saved: string; now: string }
  digest: string
}

export const fingerprint = `
SELECT count(*) || ' ' || md5(coalesce(string_agg(t::text, ',' ORDER BY n), '')) FROM t`

export class Stage {
  readonly toolkit: Toolkit
  readonly #folder: string
  readonly #made = new Map<SceneName, Scene>()
  readonly #templates: string
  /** Whether the scene is a cluster of this machine, without a container. */
  #isLocal = false
  /** TMPDIR of every script: passfiles lie there. */
  readonly temporary: string

  private constructor(folder: string, toolkit: Toolkit) {
    this.toolkit = toolkit
    this.#folder = folder
    this.#templates = join(folder, 'scenes')
    // Begins as the home folder does, so that what happens in it counts as a step.
    this.temporary = `${toolkit.home}.tmp`
  }

  static async create(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'toolkit stage '))
    const stage = new Stage(folder, await Toolkit.create(folder))
    await mkdir(stage.#templates)
    await mkdir(stage.temporary)
    return stage
  }

  /** On this machine where we are root: a container takes its time, and there are hundreds of these. */
  async asRoot(script: string): Promise<string> {
    if (process.getuid?.() === 0)
      return (await promisify(execFile)('bash', ['-euc', script], { maxBuffer: 1 << 26 })).stdout.trim()
    const mount = `type=bind,source=${this.#folder},target=${this.#folder}`
    return docker(
      ...['run', '--rm', '--network', 'none', '--user', '0:0', '--mount', mount],
      ...['--entrypoint', 'bash', image, '-euc', script],
    )
  }

  /** Every file of the cluster: content, owner and mode. */
  digest(folder = this.toolkit.dataDir): Promise<string> {
    return this.asRoot(
      `cd '${folder}'; { find . -type f -print0 | sort -z | xargs -0r sha256sum; find . -printf '%p %y %m %U %l\\n' | sort; cd '${this.toolkit.dataDir}-tablespaces' 2>/dev/null && find . -type f -print0 | sort -z | xargs -0r sha256sum || true; } | sha256sum`,
    )
  }

  /** Runs SQL in the server's container, or on the server of this machine. */
  query(sql: string): Promise<string> {
    const { toolkit } = this
    if (this.#isLocal) return queryLocal(toolkit, sql)
    return docker(
      ...['exec', '--user', 'postgres', toolkit.container],
      ...['psql', '-XAtq', '-p', String(toolkit.port), '-c', sql],
    )
  }

  async startServer(): Promise<void> {
    await (this.#isLocal ? startLocal(this.toolkit) : this.toolkit.startDatabase())
  }

  /** What the scripts get beside the toolkit's own variables. */
  get env(): Record<string, string> {
    return { ...(this.#isLocal && localEnvironment(this.toolkit)), TMPDIR: this.temporary }
  }

  /** The scene as it was made, whatever was there before. */
  async set(name: SceneName): Promise<Scene> {
    const { toolkit } = this
    const scene = this.#made.get(name) ?? (await this.#make(name))
    await this.#clear()
    this.#isLocal = name === 'local'
    await this.asRoot(`cp -a '${this.#templates}/${name}/.' '${toolkit.home}/'`)
    return scene
  }

  async #clear(): Promise<void> {
    const { toolkit } = this
    if (this.#isLocal) await stopLocal(toolkit, 'immediate').catch(() => {})
    else await docker('rm', '--force', '--volumes', toolkit.container).catch(() => {})
    await this.asRoot(`find '${toolkit.home}' -mindepth 1 -delete`)
    const left = (await readdir(this.temporary)).filter(name => !name.startsWith('tsx-'))
    for (const folder of left) await rm(`${this.temporary}/${folder}`, { recursive: true, force: true })
  }

  async #make(name: SceneName): Promise<Scene> {
    const { toolkit } = this
    const make = {
      nothing: async () => ({ id: '', rows: { saved: '', now: '' }, digest: '' }),
      saved: async () => this.#saved(false),
      tablespaces: async () => this.#saved(true),
      local: async () => this.#local(),
      gone: async () => {
        const scene = await this.set('saved')
        await this.asRoot(`rm -rf '${toolkit.home}/mnt'`)
        return scene
      },
      restored: async () => {
        const scene = await this.set('saved')
        await toolkit.ok('restore_docker.ts', [scene.id, '--yes'])
        return { ...scene, digest: await this.digest() }
      },
      started: async () => {
        const scene = await this.set('restored')
        await toolkit.ok('database.ts', ['start-restored'])
        await toolkit.ok('database.ts', ['stop'])
        return { ...scene, digest: await this.digest() }
      },
    }
    await this.#clear()
    // The scene before this one may have been.
    this.#isLocal = false
    const scene = await make[name]()
    await this.asRoot(`cp -a '${toolkit.home}' '${this.#templates}/${name}'`)
    this.#made.set(name, scene)
    return scene
  }

  /** 1000 rows are saved, 1001 are there, and the server is stopped. */
  async #saved(tablespaces: boolean): Promise<Scene> {
    const { toolkit } = this
    await toolkit.startDatabase()
    await toolkit.sql('CREATE TABLE t AS SELECT n, md5(n::text) AS word FROM generate_series(1, 1000) n')
    if (tablespaces) await createTablespaces(toolkit)
    const saved = await this.query(fingerprint)
    const id = await toolkit.save()
    await toolkit.sql("INSERT INTO t VALUES (1001, 'later')")
    const now = await this.query(fingerprint)
    await toolkit.ok('database.ts', ['stop'])
    return { id, rows: { saved, now }, digest: await this.digest() }
  }

  /** The same without an engine. */
  async #local(): Promise<Scene> {
    const { toolkit } = this
    this.#isLocal = true
    await makeLocal(toolkit)
    await this.query('CREATE TABLE t AS SELECT n, md5(n::text) AS word FROM generate_series(1, 1000) n')
    const saved = await this.query(fingerprint)
    const { port, password } = toolkit
    const login = { PGHOST: '127.0.0.1', PGPORT: String(port), PGPASSWORD: password }
    const { metadata } = await toolkit.json('save.ts', [], { env: { ...this.env, ...login } })
    await this.query("INSERT INTO t VALUES (1001, 'later')")
    const now = await this.query(fingerprint)
    await stopLocal(toolkit, 'fast')
    return { id: metadata.id, rows: { saved, now }, digest: await this.digest() }
  }

  /**
   * The rows of a data directory that no server has open, by a server on a copy of it: recovery, whichever it needs,
   * has to succeed. The words of the failure where it does not.
   */
  async rowsOf(folder: string): Promise<string> {
    const { toolkit } = this
    const copy = `${this.#templates}/copy`
    await this.asRoot(
      `rm -rf '${copy}'; mkdir '${copy}'; cp -a '${folder}' '${copy}/data'; ! [ -e '${toolkit.dataDir}-tablespaces' ] || cp -a '${toolkit.dataDir}-tablespaces' '${copy}/spaces'`,
    )
    if (this.#isLocal) return rowsOfCopy(toolkit, `${copy}/data`, fingerprint)
    const script = `
      pg_ctl -D /copy/data -s -w -t 60 -l /tmp/log -o '-c listen_addresses= -c restore_command=false -c unix_socket_directories=/tmp' start || { cat /tmp/log; exit; }
      until [ "$(psql -XAtqh /tmp -d template1 -c 'SELECT pg_is_in_recovery()')" = f ]; do sleep 0.1; done
      psql -XAtqh /tmp -c "$1" 2>&1`
    return docker(
      ...['run', '--rm', '--network', 'none', '--user', 'postgres'],
      ...['--mount', `type=bind,source=${copy}/data,target=/copy/data`],
      ...['--mount', `type=bind,source=${copy}/spaces,target=/var/lib/postgresql/tablespaces`],
      ...['--entrypoint', 'bash', image, '-c', script, 'rows', fingerprint],
    )
  }

  async dispose(): Promise<void> {
    await this.#clear()
    await this.toolkit.dispose()
    await this.asRoot(`find '${this.#folder}' -mindepth 1 -delete`)
    await rm(this.#folder, { recursive: true })
  }
}
