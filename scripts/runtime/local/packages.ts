import { readFile } from 'node:fs/promises'

/** What to type to get an engine, or PostgreSQL, on each kind of system. */
type Packages = { engine: string; postgresql: string }

const anywhere: Packages = {
  engine: 'Docker: https://docs.docker.com/get-docker/',
  postgresql: 'PostgreSQL 15 or newer: https://www.postgresql.org/download/',
}

const systems: Readonly<Record<string, Packages>> = {
  debian: {
    engine: 'sudo apt-get install docker.io',
    postgresql: 'sudo apt-get install postgresql zstd',
  },
  fedora: {
    engine: 'sudo dnf install podman (then set DOCKER=podman)',
    postgresql: 'sudo dnf install postgresql-server postgresql-contrib zstd',
  },
  arch: { engine: 'sudo pacman -S docker', postgresql: 'sudo pacman -S postgresql zstd' },
  alpine: {
    engine: 'sudo apk add docker',
    postgresql: 'sudo apk add postgresql17 postgresql17-contrib bash tar findutils coreutils zstd',
  },
  suse: {
    engine: 'sudo zypper install docker',
    postgresql: 'sudo zypper install postgresql-server postgresql-contrib zstd',
  },
  darwin: { engine: 'brew install --cask docker', postgresql: 'brew install postgresql@17 zstd' },
}

const families = { ubuntu: 'debian', rhel: 'fedora', centos: 'fedora', opensuse: 'suse' } as const

/** By what /etc/os-release says: the system's own name, else that of one it is like. */
export function packagesFor(platform: NodeJS.Platform, osRelease: string): Packages {
  if (platform === 'darwin') return systems.darwin ?? anywhere
  const value = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? ''
  const names = `${value('ID')} ${value('ID_LIKE')}`.split(/\s+/)
  const known = names.map(name => systems[(families as Record<string, string>)[name] ?? name])
  return known.find(found => found !== undefined) ?? anywhere
}

export const packagesHere = async (): Promise<Packages> =>
  packagesFor(process.platform, await readFile('/etc/os-release', 'utf8').catch(() => ''))
