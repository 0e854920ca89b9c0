import { type Folder, type Program, type ServerPlan, volumesRoot } from '../runtime.ts'
import { label } from './engine.ts'

/**
 * docker reads --mount as a line of CSV: a field with a comma, a quote or a line end in it has to be quoted. Two line
 * ends, \\r\\n, it takes for one, quoted or not: settings refuse them.
 */
const csvField = (field: string): string =>
  /[",\n\r]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field

const mountArguments = (source: string, target: string, mode: Folder['mode']): string[] => [
  '--mount',
  ['type=bind', `source=${source}`, `target=${target}`, ...(mode === 'ro' ? ['readonly'] : [])]
    .map(csvField)
    .join(','),
]

/** Folders keep their path; one below `volumesRoot` stands for the volume that it is in, which is mounted once. */
function folderMounts(folders: readonly Folder[]): string[] {
  const volumes = new Map<string, Folder['mode']>()
  const binds = folders.flatMap(({ path, mode, seenAs }) => {
    const name = volumeOf(path)
    if (name === undefined) return mountArguments(path, seenAs ?? path, mode)
    volumes.set(name, mode === 'rw' ? mode : (volumes.get(name) ?? mode))
    return []
  })
  const mounts = [...volumes].flatMap(([name, mode]) => [
    '--mount',
    [
      'type=volume',
      `source=${name}`,
      `target=${volumesRoot}/${name}`,
      ...(mode === 'ro' ? ['readonly'] : []),
    ].join(','),
  ])
  return [...binds, ...mounts]
}

const volumeOf = (path: string): string | undefined =>
  path.startsWith(`${volumesRoot}/`) ? path.slice(volumesRoot.length + 1).split('/')[0] : undefined

const envArguments = (env: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`])

/** A core holds what the memory holds: passwords and data. Left in a data directory it would be saved along. */
const noCore = ['--ulimit', 'core=0']

/** Who to run as: the caller's ids, the name of the image's postgres user; and what the engine wants besides. */
export type Identity = { caller: string; postgres: string; security: readonly string[] }

function userArgument(as: Program['as'], identity: Identity): string {
  if (typeof as === 'object') return `${as.uid}:${as.gid}`
  return as === 'root' ? '0:0' : identity[as]
}

/** The argv of `docker run` for a program that ends by itself. `network` is the value of --network. */
export function programArguments(
  program: Program,
  container: string,
  identity: Identity,
  network: string,
  options: { input: boolean },
): string[] {
  const [command = '', ...rest] = program.argv
  return [
    'run',
    '--rm',
    ...['--name', container],
    ...['--label', `${label}.role=program`],
    ...['--user', userArgument(program.as, identity)],
    ...identity.security,
    ...['--network', network],
    // The engine would write down whatever goes through standard output: a whole database, for example.
    ...['--log-driver', 'none'],
    ...noCore,
    ...(options.input ? ['--interactive'] : []),
    ...envArguments(program.env),
    ...folderMounts(program.folders ?? []),
    ...['--entrypoint', command],
    program.image,
    ...rest,
  ]
}

/** The argv of `docker run` for the server. */
export function serverArguments(plan: ServerPlan, security: readonly string[]): string[] {
  return [
    'run',
    '--detach',
    ...['--name', plan.container],
    ...['--label', `${label}.role=database`],
    ...['--label', `${label}.data-dir=${plan.dataDir}`],
    ...['--label', `${label}.port=${plan.port}`],
    ...['--label', `${label}.network=${plan.network}`],
    // SIGINT is PostgreSQL's fast shutdown.
    ...['--stop-signal', 'SIGINT'],
    ...['--shm-size', plan.shmSize],
    ...noCore,
    ...security,
    ...(plan.network === 'host'
      ? ['--network', 'host']
      : ['--publish', `127.0.0.1:${plan.port}:${plan.port}`]),
    ...envArguments(plan.env),
    ...plan.mounts.flatMap(({ source, target, mode }) => mountArguments(source, target, mode)),
    plan.image,
    ...plan.argv,
  ]
}
