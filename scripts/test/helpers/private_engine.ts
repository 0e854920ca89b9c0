import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { image } from './toolkit.ts'

const lacksDockerd = process.getuid?.() !== 0 || spawnSync('dockerd', ['--version']).error !== undefined
export const canRunEngine = !lacksDockerd

/** A docker engine of the test's own, which it may stop and kill: nobody else's containers are there. */
export class PrivateEngine {
  readonly folder: string
  private daemon: ChildProcess | undefined
  private constructor(folder: string) {
    this.folder = folder
  }

  /** With the image of the tests in it. */
  static async create(): Promise<PrivateEngine> {
    const engine = new PrivateEngine(await mkdtemp(join(tmpdir(), 'toolkit-engine-')))
    await engine.start()
    const load = `docker --host '${engine.shared}' save '${image}' | docker --host '${engine.host}' load`
    execFileSync('bash', ['-euo', 'pipefail', '-c', load], { stdio: 'ignore' })
    return engine
  }

  private readonly shared = process.env.DOCKER_HOST ?? 'unix:///var/run/docker.sock'
  get host(): string {
    return `unix://${join(this.folder, 'sock')}`
  }
  private get pidFile(): string {
    return join(this.folder, 'pid')
  }

  private async start(): Promise<void> {
    const log = createWriteStream(join(this.folder, 'log'), { flags: 'a' })
    await once(log, 'open')
    const argv = [
      ...['--data-root', join(this.folder, 'data'), '--exec-root', join(this.folder, 'exec')],
      ...['--pidfile', this.pidFile, '--host', this.host],
      ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
    ]
    this.daemon = spawn('dockerd', argv, { stdio: ['ignore', log, log], detached: true })
    for (let i = 0; i < 600; i += 1) {
      if (spawnSync('docker', ['--host', this.host, 'info'], { stdio: 'ignore' }).status === 0) return
      if (this.daemon.exitCode !== null) break
      await sleep(100)
    }
    throw new Error(`The private engine does not start: see ${join(this.folder, 'log')}.`)
  }

  /** As `systemctl restart docker` does it: its containers are stopped with it. */
  async restart(): Promise<void> {
    await this.stop()
    await this.start()
  }

  private async stop(): Promise<void> {
    const { daemon } = this
    if (daemon === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return
    const ended = once(daemon, 'exit')
    daemon.kill('SIGTERM')
    await ended
    this.daemon = undefined
  }

  /** A shell command that stops it, for a step; `awake` starts it again. */
  get stopCommand(): string {
    return `kill $(cat '${this.pidFile}'); while [ -e '${this.pidFile}' ]; do sleep 0.1; done`
  }
  async awake(): Promise<void> {
    await this.stop()
    await this.start()
  }

  async dispose(): Promise<void> {
    await this.stop()
    for (const line of execFileSync('cat', ['/proc/mounts'], { encoding: 'utf8' }).split('\n')) {
      const [, place = ''] = line.split(' ')
      if (place.startsWith(`${this.folder}/`)) spawnSync('umount', ['--lazy', place])
    }
    await rm(this.folder, { recursive: true, force: true })
  }
}
