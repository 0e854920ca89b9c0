import { posix } from 'node:path'
import { ToolkitError } from '../../errors.ts'
import type { TheirContainer, TheirMount, Theirs } from '../runtime.ts'
import { serverOptions } from '../server_options.ts'
import { engine, engineOk, label } from './engine.ts'

type Inspected = {
  Id: string
  Name: string
  Image: string
  State: { Running: boolean }
  /** The words behind the program: of the entrypoint and of the command. */
  Args: string[] | null
  Config: {
    Image: string
    User: string
    Env: string[] | null
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
  if (named.code === 0) return withSecrets((JSON.parse(named.stdout) as [Inspected])[0], signal)
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

const environment = ({ Config: { Env } }: Inspected): Record<string, string> =>
  Object.fromEntries((Env ?? []).map(line => line.split(/=(.*)/s, 2) as [string, string]))

/** What the environment has in files, such as POSTGRES_PASSWORD_FILE, is where the entrypoint reads it. */
async function withSecrets(inspected: Inspected, signal?: AbortSignal): Promise<TheirContainer> {
  const described = describeContainer(inspected)
  const env = environment(inspected)
  const read = async (name: string) => {
    const file = env[`${name}_FILE`]
    if (!file || !described.running || described.ours) return undefined
    const output = await engine(['exec', '--user', '0', inspected.Id, 'cat', file], { signal })
    // As the entrypoint's $(< file) does it.
    return output.code === 0 ? output.stdout.replace(/\n+$/, '') : undefined
  }
  return {
    ...described,
    user: described.user ?? (await read('POSTGRES_USER')),
    database: described.database ?? (await read('POSTGRES_DB')),
    password: described.password ?? (await read('POSTGRES_PASSWORD')),
  }
}

/** What the engine says of a container, in our words. */
export function describeContainer(inspected: Inspected): TheirContainer {
  const { Config: config, NetworkSettings: network, HostConfig: host } = inspected
  const env = environment(inspected)
  const options = serverOptions(inspected.Args ?? [])
  const port = Number(options.port ?? env.PGPORT ?? 5432)
  const [uid, gid = '0'] = config.User.split(':')
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
    pgdata: posix.normalize(options.data_directory ?? env.PGDATA ?? ''),
    runsAs: /^[1-9]\d*$/.test(uid ?? '') ? { uid: Number(uid), gid: Number(gid) || 0 } : undefined,
    options,
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

/** The server's lock file says where it listens; a socket elsewhere than usual, and a port from its configuration. */
const isReady = `
port=$(sed -n 4p "$1/postmaster.pid" 2>/dev/null) socket=$(sed -n 5p "$1/postmaster.pid" 2>/dev/null)
pg_isready -q -p "\${port:-$2}" \${socket:+-h "$socket"} || pg_isready -q -p "\${port:-$2}" -h 127.0.0.1
`

export const dockerTheirs: Theirs = {
  container,
  async stop(name) {
    await engineOk(['stop', '--time', '120', name])
  },
  async start(name) {
    await engineOk(['start', name])
  },
  async isReady({ id, pgdata, port }, signal) {
    const output = await engine(['exec', id, 'sh', '-c', isReady, 'ready', pgdata, String(port)], { signal })
    return output.code === 0
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
