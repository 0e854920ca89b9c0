import type { ChildProcess } from 'node:child_process'
import type { Output, User } from './process.ts'

/**
 * Where PostgreSQL's programs run. A caller writes the argv that it would type on this machine and says which
 * folders the program sees; whether that happens in a container or not is the runtime's business. Folders keep
 * their path everywhere, so the argv is the same.
 */
export type Folder = {
  path: string
  mode: 'ro' | 'rw'
  /** Another path that the program knows it by; on this machine itself there is none. */
  seenAs?: string
}

export type Program = {
  /** A word for what it does; containers are named after it. */
  name: string
  argv: readonly string[]
  /** caller: who runs the command, so that files belong to them. root: only for work inside a data directory. Ids: whom the data belongs to. */
  as: 'caller' | 'postgres' | 'root' | User
  folders?: readonly Folder[]
  /** Never a secret: `docker inspect` shows it. */
  env?: Readonly<Record<string, string>>
  /** none: no network at all. server: reaches `reach` as this machine does. */
  /** `container`: as the container of that id does. */
  network?: { reach: string; port: number; container?: string | undefined }
  image: string
}

export type RunOptions = {
  signal?: AbortSignal | undefined
  input?: string
  /** A program of this machine whose output is the input. */
  inputFrom?: readonly string[]
  /** A program whose output is the input; it runs as this one does, at the same time. */
  inputProgram?: Program
  onStdout?: (line: string) => void
  onStderr?: (line: string) => void
}

/** Beside a server nothing is piped into anything. */
export type ExecOptions = Omit<RunOptions, 'inputFrom' | 'inputProgram'>

/** What can be asked of the place that a server runs in; nothing of this is a constant. */
export type ImageFacts = {
  /** An image of the engine, or programs that are installed on this machine. */
  place: 'image' | 'machine'
  /** False where only the client's programs are installed. */
  hasServer: boolean
  /** The name that was asked for, or the folder of the programs. */
  image: string
  /** The content's id, and the registry's digest where it has one. */
  id: string
  digest: string | undefined
  /** Ids of the postgres user. */
  uid: number
  gid: number
  pgdata: string
  /** The folder around it that the image declares as a volume. */
  volume: string | undefined
  /** Such as 17.11. */
  version: string
  major: number
  architecture: string
  libc: 'glibc' | 'musl' | 'other'
  libcVersion: string
  /** Versions of the TimescaleDB libraries that are there. */
  timescaledb: readonly string[]
  /** tsl: the full edition. */
  timescaledbEdition: 'tsl' | 'apache' | 'none'
  /** Programs that can unpack: zstd, lz4, gzip. */
  tools: readonly string[]
  /** Compression that this pg_basebackup was built with. */
  clientCompression: readonly string[]
  /** Made from Debian's packages by us, for an empty data directory only. */
  builtHere: boolean
}

/** Which server is meant: an engine knows it by its container, a machine by its data directory. */
export type ServerName = { container: string; dataDir: string }

export type ServerState = 'running' | 'stopped' | 'absent'

export type ServerStatus = {
  state: ServerState
  /** Absent: no container of that name. */
  id?: string
  startedAt?: Date
  image?: string
  imageId?: string
  /** The data directory on this machine that it uses. */
  dataDir?: string
  port?: number
  network?: 'host' | 'bridge'
  exitCode?: number
  /** False: the name belongs to something that the toolkit did not make. */
  ours: boolean
  /** A container, or a process of this machine. */
  place: ImageFacts['place']
}

export type ServerPlan = {
  container: string
  image: string
  /** host path → path that the server sees */
  mounts: readonly { source: string; target: string; mode: 'ro' | 'rw' }[]
  env: Readonly<Record<string, string>>
  network: 'host' | 'bridge'
  port: number
  shmSize: string
  dataDir: string
  /** The server's argv. */
  argv: readonly string[]
}

export type TheirMount = { target: string } & ({ source: string } | { volume: string })

/** A server in a container that somebody else has made. */
export type TheirContainer = {
  id: string
  name: string
  image: string
  imageId: string
  running: boolean
  /** Made by make start: then it is none of theirs. */
  ours: boolean
  /** The swarm service that would start it again by itself. */
  managed: string | undefined
  /** Where its server has its data, and listens, inside. */
  pgdata: string
  port: number
  /** Where this machine reaches it; undefined where it does not. */
  address: { host: string; port: number } | undefined
  /** The ids that its server runs as, where they are not the image's own: docker run --user. */
  runsAs: { uid: number; gid: number } | undefined
  /** Options of its server's command line, which has the last word: name → value. */
  options: Readonly<Record<string, string>>
  /** What its environment says of the first role. */
  user: string | undefined
  database: string | undefined
  password: string | undefined
  mounts: readonly TheirMount[]
}

export interface Theirs {
  /** A container by its name, its id, or the compose service that it is the only one of. */
  container(name: string, signal?: AbortSignal): Promise<TheirContainer | undefined>
  stop(name: string): Promise<void>
  start(name: string): Promise<void>
  /** Whether its server takes connections, wherever it listens. */
  isReady(container: TheirContainer, signal?: AbortSignal): Promise<boolean>
  volume: {
    /** Containers that have it, running or not. */
    users(name: string, signal?: AbortSignal): Promise<TheirContainer[]>
    exists(name: string, signal?: AbortSignal): Promise<boolean>
    /** Volumes that earlier restores into it made for what was there before. */
    formers(name: string): Promise<string[]>
    create(name: string): Promise<void>
    remove(name: string): Promise<void>
  }
}

/** A path below this is a path in the volume of that name, for every program that is told of it as a folder. */
export const volumesRoot = '/toolkit-volumes'

export interface Runtime {
  readonly kind: 'docker' | 'local'
  /** @throws ToolkitError prerequisite where nothing can run, saying what to install. */
  check(signal?: AbortSignal): Promise<{ engine: string; version: string; desktop: boolean }>
  /**
   * Sees to it that the server's user can reach a folder; those on the way that lie in the toolkit's `own` folder are
   * opened for passing through.
   * @throws ToolkitError prerequisite where another one is closed.
   */
  provideAccess(folder: string, own: string): Promise<void>
  /** Runs a program to its end. */
  run(program: Program, options?: RunOptions): Promise<Output>
  /** Starts a program whose standard input and output are streams. */
  stream(program: Program, signal?: AbortSignal): { child: ChildProcess; stop(): Promise<void> }
  /**
   * Stops programs of that name which a killed run left at work in a folder. Only for who holds the folder's lock.
   * Gives how many there were.
   */
  stopOrphans(name: string, folder: string): Promise<number>
  /** Containers and volumes that the toolkit did not make; undefined where there is no engine. */
  readonly theirs?: Theirs
  images: {
    /** The facts of an image that is on this machine; undefined where it is not. */
    find(image: string, signal?: AbortSignal): Promise<ImageFacts | undefined>
    /** Places that are on this machine for whoever names none, the newest first. */
    installed(): Promise<ImageFacts[]>
    /** Fetches an image. False: the registry cannot be reached or does not have it. */
    pull(
      image: string,
      onLine: (line: string) => void,
      signal?: AbortSignal,
    ): Promise<{ ok: boolean; why: string }>
    /** Builds an image from a folder that holds a Dockerfile. */
    build(
      spec: { folder: string; tag: string; target: string; args: Record<string, string> },
      onLine: (line: string) => void,
      signal?: AbortSignal,
    ): Promise<Output>
  }
  server: {
    status(server: ServerName, signal?: AbortSignal): Promise<ServerStatus>
    /** Names of running servers of ours that have this data directory. */
    using(dataDir: string, signal?: AbortSignal): Promise<string[]>
    start(plan: ServerPlan, signal?: AbortSignal): Promise<void>
    /** Fast shutdown; waits as long as the server needs. The data stays. */
    stop(server: ServerName): Promise<void>
    /** Takes away what is left of a server that does not run. The data stays. */
    remove(server: ServerName): Promise<void>
    /** Runs a program beside the server, as its operating-system user. */
    exec(server: ServerName, argv: readonly string[], options?: ExecOptions): Promise<Output>
    /** Hands the terminal over to a program beside the server. */
    interactive(server: ServerName, argv: readonly string[]): Promise<number>
    /** What the server printed before it opened its log file. */
    lastLogLines(server: ServerName, lines: number): Promise<string>
  }
}
