import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { checksumOf, type Metadata, sealMetadata } from '../../catalog/metadata.ts'
import { docker, image, noEngine } from './place.ts'
import { onMachine } from './server.ts'
import type { Run, Toolkit } from './toolkit.ts'

/** Looking at clusters and backups from outside, and changing what a test wants changed. */

/** Names beside the data directory; the lock's file stays, whoever held it. */
export const besideData = async (toolkit: Toolkit): Promise<string[]> =>
  (await readdir(dirname(toolkit.dataDir))).filter(name => name !== '.lock').sort()

export const formers = async (toolkit: Toolkit): Promise<string[]> =>
  (await besideData(toolkit)).filter(n => /\.before-restore-\d{8}_\d{6}$/.test(n))

/** Every file, its content, owner and mode, and every name beside: of a stopped cluster this stays as it is. */
export const digestOf = (toolkit: Toolkit): Promise<string> =>
  toolkit.asRoot(
    `cd '${dirname(toolkit.dataDir)}'; ls | grep -v '^[.]lock$'; find . -path ./log -prune -o -type f ! -name .lock -print0 | sort -z | xargs -0 sha256sum | sha256sum; find '${basename(toolkit.dataDir)}' -printf '%p %y %m %U %l\\n' | sort | sha256sum`,
  )

/** Undoes a restore by hand, as the documents say: the former data under its old name again. */
export async function goBack(toolkit: Toolkit): Promise<void> {
  await toolkit.ok('database.ts', ['stop'])
  const former = (await formers(toolkit)).at(-1) ?? 'none'
  const folder = dirname(toolkit.dataDir)
  await toolkit.asRoot(
    `cd '${folder}'; rm -rf postgres postgres.cluster.json; mv '${former}' postgres; mv '${former}.cluster.json' postgres.cluster.json`,
  )
  await toolkit.startDatabase()
}

/** Waits until a running script has said something. */
export function said(child: ChildProcess, words: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    const look = (chunk: Buffer) => {
      text += chunk
      if (words.test(text)) resolve()
    }
    child.stderr?.on('data', look)
    child.once('close', () => reject(new Error(`it ended without saying ${words}:\n${text}`)))
  })
}

/** One of PostgreSQL's programs, run by somebody who does not know this toolkit. */
export function clientProgram(
  { home }: Pick<Toolkit, 'home'>,
  password: string,
  program: string,
  ...args: string[]
): Promise<string> {
  if (noEngine)
    return onMachine([program, ...args], { env: { PGPASSWORD: password, PGPASSFILE: '/dev/null' } })
  return docker(
    ...['run', '--rm', '--network', 'host', '--env', `PGPASSWORD=${password}`],
    ...['--mount', `type=bind,source=${home},target=${home}`],
    ...['--user', `${process.getuid?.()}:${process.getgid?.()}`, '--entrypoint', program, image, ...args],
  )
}

/** pg_basebackup as somebody without this toolkit runs it. */
export async function basebackup(toolkit: Toolkit, name: string, ...args: string[]): Promise<string> {
  const folder = join(toolkit.backupsDir, name)
  await mkdir(dirname(folder), { recursive: true })
  const argv = [
    ...['--host=127.0.0.1', `--port=${toolkit.port}`, '--username=postgres'],
    ...['--checkpoint=fast', `--pgdata=${folder}`, ...args],
  ]
  await clientProgram(toolkit, toolkit.password, 'pg_basebackup', ...argv)
  return folder
}

/** A copy of a backup to play with; its folder keeps its name. */
export async function copyBackup(folder: string, to: string): Promise<string> {
  const copy = join(to, basename(folder))
  await mkdir(to, { recursive: true })
  await cp(folder, copy, { recursive: true })
  return copy
}

/** Changes metadata.json as only somebody could who knows how it is sealed; of the files says what is true. */
export async function reseal(folder: string, change: (metadata: Metadata) => void = () => {}): Promise<void> {
  const path = join(folder, 'metadata.json')
  const { metadata_sha256: _, ...metadata } = JSON.parse(await readFile(path, 'utf8')) as Metadata
  for (const file of metadata.files.filter(f => existsSync(join(folder, f.name)))) {
    const content = await readFile(join(folder, file.name))
    file.bytes = content.length
    file.sha256 = createHash('sha256').update(content).digest('hex')
  }
  metadata.checksum_sha256 = checksumOf(metadata.files)
  change(metadata as Metadata)
  await writeFile(path, sealMetadata(metadata))
}

export async function flipOneBit(path: string): Promise<void> {
  const content = await readFile(path)
  const at = Math.floor(content.length / 2)
  content[at] = (content[at] ?? 0) ^ 1
  await writeFile(path, content)
}

export const bytesOf = async (path: string): Promise<number> => (await stat(path)).size

/** What a failed run is expected to be; the words help when it is not. */
export const outcome = ({ code, stderr }: Run): string => `${code}\n${stderr}`
export const ended = (code: number): RegExp => new RegExp(`^${code}\n`)
