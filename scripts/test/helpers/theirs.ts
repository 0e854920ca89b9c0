import { randomBytes } from 'node:crypto'
import { chmod, rm } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ImageFacts } from '../../runtime/runtime.ts'
import { docker, type Run, Toolkit } from './toolkit.ts'

/** Containers, volumes and folders of somebody who does not have this toolkit. */

const secret = 'geheim: §"\''

export class Theirs {
  readonly toolkit: Toolkit
  readonly prefix = `toolkit-test-${process.pid}-${randomBytes(3).toString('hex')}`
  private readonly containers: string[] = []
  private readonly folders: { folder: string; image: string }[] = []
  private constructor(toolkit: Toolkit) {
    this.toolkit = toolkit
  }

  static create = async (): Promise<Theirs> => new Theirs(await Toolkit.create())

  static async with<T>(work: (theirs: Theirs) => Promise<T>): Promise<T> {
    const theirs = await Theirs.create()
    try {
      return await work(theirs)
    } finally {
      await theirs.dispose()
    }
  }

  /** The name of a volume that is deleted in the end, with those that a restore makes beside it. */
  volume(name: string): string {
    return `${this.prefix}-${name}`
  }

  /** A folder that the server’s user may write to, and that is deleted in the end. */
  async folder(folder: string, image: Pick<ImageFacts, 'image' | 'uid' | 'gid'>): Promise<void> {
    this.folders.push({ folder, image: image.image })
    await chmod(folder, 0o755)
    await this.asRoot(folder, image.image, `chown ${image.uid}:${image.gid} /folder`)
  }

  /** A server as the image itself starts it; gives the container’s name when it takes connections. */
  async run(name: string, ...args: string[]): Promise<string> {
    const container = `${this.prefix}-${name}`
    this.containers.push(container)
    await docker('run', '--detach', '--name', container, '--env', `POSTGRES_PASSWORD=${secret}`, ...args)
    await this.ready(container)
    return container
  }

  /** The server that an entrypoint starts to prepare a new cluster listens on its socket only. */
  async ready(container: string): Promise<void> {
    for (let i = 0; i < 600; i++) {
      const answer = docker('exec', container, 'pg_isready', '-q', '-h', '127.0.0.1')
      if (
        await answer.then(
          () => true,
          () => false,
        )
      )
        return
      await sleep(200)
    }
    throw new Error(`${container} did not start:\n${await docker('logs', '--tail', '20', container)}`)
  }

  psql(container: string, sql: string, user = 'postgres'): Promise<string> {
    return docker('exec', container, 'psql', '-XqAt', '-U', user, '-d', 'postgres', '-c', sql)
  }

  /** Runs a script as its user would: with the container’s name and nothing else. */
  script(container: string, script: string, ...args: string[]): Promise<Run> {
    const { toolkit } = this
    const { PATH = '', HOME = '', DOCKER } = toolkit.env
    const own = { PATH, HOME, ...(DOCKER && { DOCKER }), TOOLKIT_HOME: toolkit.home, CONTAINER: container }
    const none = Object.fromEntries(Object.keys(toolkit.env).map(key => [key, '']))
    return toolkit.run(script, args, { env: { ...none, ...own } })
  }

  async ok(container: string, script: string, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.script(container, script, ...args)
    if (code !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${code}:\n${stderr}\n${stdout}`)
    return stdout
  }

  async save(container: string): Promise<string> {
    return JSON.parse(await this.ok(container, 'save.ts', '--json')).metadata.id
  }

  async dispose(): Promise<void> {
    for (const name of this.containers) await docker('rm', '--force', '--volumes', name).catch(() => {})
    const volumes = (await docker('volume', 'ls', '--format', '{{.Name}}')).split('\n')
    for (const name of volumes.filter(v => v.startsWith(this.prefix))) await docker('volume', 'rm', name)
    for (const { folder, image } of this.folders) {
      await this.asRoot(folder, image, 'find /folder -mindepth 1 -delete').catch(() => {})
      await rm(folder, { recursive: true, force: true })
    }
    await this.toolkit.dispose()
  }

  private asRoot(folder: string, image: string, script: string): Promise<string> {
    const mount = `type=bind,"source=${folder}",target=/folder`
    const rest = ['--user', '0:0', '--mount', mount, '--entrypoint', 'sh', image, '-euc', script]
    return docker('run', '--rm', '--network', 'none', ...rest)
  }
}
