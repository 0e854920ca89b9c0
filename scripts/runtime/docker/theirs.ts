import { posix } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import type { TheirContainer, TheirMount, Theirs } from '../runtime.ts'
import { engine, engineOk, label } from './engine.ts'

type Inspected = {
  Id: string
  Name: string
  Image: string
  State: { Running: boolean }
  Config: {
    Image: string
    Env: string[] | null
    Cmd: string[] | null
    Labels: Record<string, string> | null
  }
  HostConfig: { NetworkMode: string }
  Mounts: { Type: string; Name?: string; Source: string; Destination: string; RW: boolean }[]
  NetworkSettings: {
    Ports?: Record<string, { HostIp: string; HostPort: string }[] | null>
    Networks?: Record<string, { IPAddress?: string }>
  }
}

/** A container by its name or id, else the one container of a compose service of that name. */
async function container(name: string, signal?: AbortSignal): Promise<TheirContainer | undefined> {
  const named = await engine(['container', 'inspect', name], { signal })
  if (named.code === 0) return describeContainer((JSON.parse(named.stdout) as [Inspected])[0])
  const filter = ['--filter', `label=com.docker.compose.service=${name}`]
  const found = await engineOk(['ps', '--all', ...filter, '--format', '{{.Names}}'], { signal })
  const names = found.split('\n').filter(Boolean)
  if (names.length > 1) {
    throw new ToolkitError('usage', {
      what: `The compose service ${name} has ${names.length} containers.`,
      why: names.join(', '),
      hint: `Name one of them: CONTAINER=${names[0]}`,
    })
  }
  return names[0] === undefined ? undefined : container(names[0], signal)
}

/** What the engine says of a container, in our words. */
export function describeContainer(inspected: Inspected): TheirContainer {
  const { Config: config, NetworkSettings: network, HostConfig: host } = inspected
  const env = Object.fromEntries((config.Env ?? []).map(line => line.split(/=(.*)/s, 2) as [string, string]))
  const argv = config.Cmd ?? []
  const port = Number(option(argv, ['-p', '--port'], 'port') ?? env.PGPORT ?? 5432)
  const published = network.Ports?.[`${port}/tcp`]?.[0]
  const ip = Object.values(network.Networks ?? {}).find(n => n.IPAddress)?.IPAddress
  const everywhere = ['', '0.0.0.0', '::']
  return {
    id: inspected.Id,
    name: inspected.Name.replace(/^\//, ''),
    image: config.Image,
    imageId: inspected.Image,
    running: inspected.State.Running,
    ours: config.Labels?.[`${label}.role`] === 'database',
    managed: config.Labels?.['com.docker.swarm.service.name'],
    pgdata: posix.normalize(option(argv, ['-D', '--pgdata'], 'data_directory') ?? env.PGDATA ?? ''),
    port,
    address:
      host.NetworkMode === 'host'
        ? { host: '127.0.0.1', port }
        : published
          ? {
              host: everywhere.includes(published.HostIp) ? '127.0.0.1' : published.HostIp,
              port: Number(published.HostPort),
            }
          : ip
            ? { host: ip, port }
            : undefined,
    user: env.POSTGRES_USER,
    database: env.POSTGRES_DB,
    password: env.POSTGRES_PASSWORD,
    mounts: inspected.Mounts.flatMap((mount): TheirMount[] => {
      const { Type: type, Destination: target, Source: source, Name: volume } = mount
      if (type === 'volume' && volume) return [{ volume, target }]
      return type === 'bind' ? [{ source, target }] : []
    }),
  }
}

/** The value of an option on a server's command line: `-D x`, `-Dx`, `--pgdata=x`, `-c name=x`, `--name=x`. */
function option(argv: readonly string[], flags: readonly string[], setting: string): string | undefined {
  let found: string | undefined
  argv.forEach((word, i) => {
    const next = argv[i + 1]
    const [short = '', long = ''] = flags
    if (word === short || word === long) found = next
    else if (word.startsWith(`${long}=`)) found = word.slice(long.length + 1)
    else if (word.startsWith(short) && word.length > 2 && !word.startsWith('--')) found = word.slice(2)
    else if (word === '-c' && next?.startsWith(`${setting}=`)) found = next.slice(setting.length + 1)
    else if (word.startsWith(`--${setting}=`)) found = word.slice(setting.length + 3)
  })
  return found
}

export const dockerTheirs: Theirs = {
  container,
  async stop(name) {
    await engineOk(['stop', '--time', '120', name])
  },
  async start(name) {
    await engineOk(['start', name])
  },
  volume: {
    async users(name, signal) {
      const filter = ['--filter', `volume=${name}`]
      const found = await engineOk(['ps', '--all', ...filter, '--format', '{{.Names}}'], { signal })
      const described = await Promise.all(
        found
          .split('\n')
          .filter(Boolean)
          .map(user => container(user, signal)),
      )
      return described.filter(user => user !== undefined)
    },
    exists: async (name, signal) => (await engine(['volume', 'inspect', name], { signal })).code === 0,
    async formers(name) {
      const filter = ['--filter', `label=${label}.role=former`, '--format', '{{.Name}}']
      const names = (await engineOk(['volume', 'ls', ...filter])).split('\n')
      return names.filter(found => found.startsWith(`${name}.before-restore-`))
    },
    async create(name) {
      await engineOk(['volume', 'create', '--label', `${label}.role=former`, name])
    },
    async remove(name) {
      await engineOk(['volume', 'rm', name])
    },
  },
}
