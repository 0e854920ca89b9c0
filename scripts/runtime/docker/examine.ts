import { engine, engineOk, engineProgram, label } from './engine.ts'

/** What the engine says of itself and of what is ours in it; everything only reads. */
export type EngineDetails = {
  program: string
  version: string
  storage: string
  rootless: boolean
  /** selinux, apparmor, seccomp … as far as they are on. */
  security: string[]
  desktop: boolean
  /** The engine's clock; another machine's where it is one. */
  time: Date | undefined
}

type DockerInfo = {
  ServerVersion?: string
  Driver?: string
  SecurityOptions?: string[] | null
  OperatingSystem?: string
  SystemTime?: string
}
type PodmanInfo = {
  host?: { security?: { rootless?: boolean; selinuxEnabled?: boolean; apparmorEnabled?: boolean } }
  store?: { graphDriverName?: string }
  version?: { Version?: string }
}

export async function engineDetails(signal?: AbortSignal): Promise<EngineDetails> {
  const info = JSON.parse(await engineOk(['info', '--format', '{{json .}}'], { signal }))
  return { program: engineProgram(), ...parseEngineInfo(info) }
}

/** docker and podman tell the same things under different names. */
export function parseEngineInfo(info: DockerInfo & PodmanInfo): Omit<EngineDetails, 'program'> {
  const { security } = info.host ?? {}
  const options = (info.SecurityOptions ?? []).map(text => /name=([^,]+)/.exec(text)?.[1] ?? text)
  const podman = [
    ...(security?.selinuxEnabled ? ['selinux'] : []),
    ...(security?.apparmorEnabled ? ['apparmor'] : []),
  ]
  return {
    version: info.ServerVersion ?? info.version?.Version ?? 'unknown',
    storage: info.Driver ?? info.store?.graphDriverName ?? 'unknown',
    rootless: options.includes('rootless') || security?.rootless === true,
    security: [...options, ...podman].filter(name => name !== 'rootless'),
    desktop: /docker desktop/i.test(info.OperatingSystem ?? ''),
    time: info.SystemTime === undefined ? undefined : new Date(info.SystemTime),
  }
}

export type OwnContainer = { name: string; running: boolean; role: string; dataDir: string; status: string }

/** Every container of ours, of whatever cluster. */
export async function ownContainers(signal?: AbortSignal): Promise<OwnContainer[]> {
  const fields = ['.Names', '.State', `.Label "${label}.role"`, `.Label "${label}.data-dir"`, '.Status']
  const format = fields.map(field => `{{${field}}}`).join('\t')
  const stdout = await engineOk(['ps', '--all', '--filter', `label=${label}.role`, '--format', format], {
    signal,
  })
  return stdout
    .split('\n')
    .filter(Boolean)
    .map(line => {
      const [name = '', state = '', role = '', dataDir = '', status = ''] = line.split('\t')
      return { name, running: state === 'running', role, dataDir, status }
    })
}

/** The container that publishes a port, or that is ours and listens on it. */
export async function containerOnPort(port: number, signal?: AbortSignal): Promise<string | undefined> {
  const format = `{{.Names}}\t{{.Ports}}\t{{.Label "${label}.port"}}`
  const stdout = await engineOk(['ps', '--format', format], { signal })
  return stdout
    .split('\n')
    .map(line => line.split('\t'))
    .find(([, ports = '', own]) => new RegExp(`:${port}->`).test(ports) || own === String(port))?.[0]
}

/** Whether a container can reach a port of this machine by its network. */
export async function reachesPort(
  image: string,
  network: string,
  port: number,
  signal?: AbortSignal,
): Promise<boolean> {
  const ask = ['--entrypoint', 'pg_isready', image, '--host=127.0.0.1', `--port=${port}`]
  const mark = ['--label', `${label}.role=program`]
  const output = await engine(['run', '--rm', ...mark, '--network', network, ...ask], { signal })
  return output.code === 0
}
