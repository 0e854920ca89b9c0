import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile, realpath } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { runProcess } from '../process.ts'
import type { ImageFacts } from '../runtime.ts'
import { serverUser } from './user.ts'

/**
 * Where packages put the programs of PostgreSQL: Debian and Ubuntu, the PostgreSQL project's RPMs, Alpine, a build of
 * one's own, Homebrew on both kinds of Mac, Postgres.app. `*` stands for one name.
 */
const places = [
  '/usr/lib/postgresql/*/bin',
  '/usr/pgsql-*/bin',
  '/usr/libexec/postgresql*',
  '/usr/local/pgsql/bin',
  '/opt/homebrew/opt/postgresql@*/bin',
  '/usr/local/opt/postgresql@*/bin',
  '/Applications/Postgres.app/Contents/Versions/*/bin',
]

/** Older ones lack what a save asks of pg_basebackup, and pg_verifybackup what a restore asks of it. */
export const oldestMajor = 15

/** The client's programs: on Debian a package of its own has them, without a server. */
const isInstallation = (folder: string): boolean => existsSync(join(folder, 'pg_basebackup'))
const hasServer = (folder: string): boolean =>
  ['postgres', 'initdb', 'pg_controldata'].every(program => existsSync(join(folder, program)))

/** /usr/bin/pg_basebackup is Debian’s wrapper: it has no server beside it, and the real folders are in our list. */
const isWrapper = async (folder: string): Promise<boolean> =>
  (await realpath(join(folder, 'pg_basebackup'))).includes('/postgresql-common/')

type Found = { folder: string; major: number }

/** Folders with PostgreSQL's programs on this machine: those with a server first, then the newest first. */
export async function installations(): Promise<string[]> {
  const found = (await allInstallations()).filter(({ major }) => major >= oldestMajor)
  return found
    .sort((a, b) => Number(hasServer(b.folder)) - Number(hasServer(a.folder)) || b.major - a.major)
    .map(({ folder }) => folder)
}

/** Every one, those that are too old as well. */
export async function allInstallations(): Promise<Found[]> {
  const onPath = (process.env.PATH ?? '').split(delimiter).filter(folder => folder !== '')
  const found = [...onPath, ...(await Promise.all(places.map(expand))).flat()].filter(isInstallation)
  const folders = new Set<string>()
  for (const folder of found) {
    if (await isWrapper(folder)) continue
    folders.add(join(await realpath(join(folder, 'pg_basebackup')), '..'))
  }
  return Promise.all([...folders].map(async folder => ({ folder, major: await majorOf(folder) })))
}

async function expand(pattern: string): Promise<string[]> {
  const [before = '', after = ''] = pattern.split('*')
  if (!pattern.includes('*')) return [pattern]
  const parent = before.slice(0, before.lastIndexOf('/'))
  const start = before.slice(parent.length + 1)
  const names = await readdir(parent).catch(() => [] as string[])
  return names.filter(name => name.startsWith(start)).map(name => `${join(parent, name)}${after}`)
}

async function majorOf(folder: string): Promise<number> {
  return Number.parseInt(await versionOf(folder), 10) || 0
}

async function versionOf(folder: string): Promise<string> {
  const output = await runProcess([join(folder, 'pg_basebackup'), '--version']).catch(() => undefined)
  return /\(PostgreSQL\) (\d+(?:\.\d+|\w+)?)/.exec(output?.stdout ?? '')?.[1] ?? ''
}

/** The facts of an installation; undefined where the folder holds none. */
export async function describeInstallation(folder: string): Promise<ImageFacts | undefined> {
  if (!isInstallation(folder) || (await isWrapper(folder))) return undefined
  const version = await versionOf(folder)
  const major = Number.parseInt(version, 10)
  if (!Number.isInteger(major)) return undefined
  const [libraries, libc, tools, clientCompression, user] = await Promise.all([
    timescaleLibraries(folder),
    readLibc(),
    unpackers(),
    compressionOf(join(folder, 'pg_basebackup')),
    serverUser(),
  ])
  const timescaledb = libraries.flatMap(name => /^timescaledb-(\d[^-]*)\.(?:so|dylib)$/.exec(name)?.[1] ?? [])
  const full = libraries.some(name => name.startsWith('timescaledb-tsl-'))
  return {
    place: 'machine',
    hasServer: hasServer(folder),
    image: folder,
    id: `local:${createHash('sha256').update(`${folder} ${version} ${libraries}`).digest('hex').slice(0, 32)}`,
    digest: undefined,
    uid: user?.uid ?? process.getuid?.() ?? 0,
    gid: user?.gid ?? process.getgid?.() ?? 0,
    pgdata: '',
    volume: undefined,
    version,
    major,
    architecture:
      ({ x64: 'x86_64', arm64: 'aarch64' } as Record<string, string>)[process.arch] ?? process.arch,
    ...libc,
    timescaledb,
    timescaledbEdition: timescaledb.length === 0 ? 'none' : full ? 'tsl' : 'apache',
    tools,
    clientCompression,
    builtHere: false,
  }
}

/** pg_config belongs to the development package in places; beside bin there is lib. */
async function timescaleLibraries(folder: string): Promise<string[]> {
  const asked = await runProcess([join(folder, 'pg_config'), '--pkglibdir']).catch(() => undefined)
  const folders = [asked?.stdout ?? '', join(folder, '../lib'), join(folder, '../lib/postgresql')]
  const names = await Promise.all(folders.map(path => (path ? readdir(path).catch(() => []) : [])))
  return [...new Set(names.flat())].filter(name => name.startsWith('timescaledb')).sort()
}

async function readLibc(): Promise<Pick<ImageFacts, 'libc' | 'libcVersion'>> {
  if (process.platform !== 'linux') {
    // The kernel's major version is the system's; its minor ones come every few weeks and change no sort order.
    const { stdout } = await runProcess(['uname', '-r'])
    return { libc: 'other', libcVersion: `${process.platform} ${stdout.split('.')[0]}` }
  }
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
  const glibc = report.header.glibcVersionRuntime
  if (glibc) return { libc: 'glibc', libcVersion: glibc }
  const name = (await readdir('/lib')).find(file => file.startsWith('ld-musl-'))
  const said = name ? await runProcess([join('/lib', name)]) : undefined
  return { libc: 'musl', libcVersion: /Version (\S+)/.exec(said?.stderr ?? '')?.[1] ?? '' }
}

async function unpackers(): Promise<string[]> {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return ['zstd', 'lz4', 'gzip'].filter(tool => folders.some(folder => existsSync(join(folder, tool))))
}

/** Names of the compression libraries’ functions, which a program that uses them has in it. */
const marks = { zstd: 'ZSTD_compressStream2', lz4: 'LZ4F_compressUpdate', gzip: 'deflate' }

async function compressionOf(program: string): Promise<string[]> {
  const content = await readFile(program)
  return Object.entries(marks).flatMap(([name, mark]) => (content.includes(mark) ? [name] : []))
}
