import { ToolkitError } from '../errors.ts'
import type { ServerFacts, Tablespace } from '../postgres/server_facts.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import { type Algorithm, type Compression, formatCompression } from '../settings/compression.ts'
import type { Settings } from '../settings/options.ts'
import { stampOf } from './stamp.ts'

/** What decides how a base backup is taken. */
export type BaseBackupInput = {
  settings: Pick<
    Settings,
    | 'format'
    | 'compress'
    | 'backupCompression'
    | 'compressAt'
    | 'compressWorkers'
    | 'checkpoint'
    | 'maxRate'
    | 'label'
    | 'host'
  >
  server: Pick<ServerFacts, 'major' | 'compression' | 'tablespaces' | 'version'>
  /** Its tools are those that can read the archives back, wherever they are. */
  client: Pick<ImageFacts, 'major' | 'clientCompression' | 'tools'>
  /** UTC; gives the backup its name. */
  now: Date
  backupsDir: string
}

export type BaseBackupPlan = {
  id: string
  /** Where it is written; renamed to `folder` when it is complete and verified. */
  partial: string
  folder: string
  compression: Compression
  compressAt: 'server' | 'client' | 'nowhere'
  argv: string[]
  /** Archives that pg_basebackup writes from beginning to end; none in plain format. */
  archives: { name: string; role: 'base' | 'tablespace'; oid?: string }[]
  /** Tablespaces of a plain backup, and the folder that each goes to. */
  tablespaceFolders: { oid: string; folder: string }[]
  /** What was not done as it was asked for, in words. */
  notes: string[]
}

/** `cluster_backup_YYYYMMDD_HHMMSS`, UTC. */
export const backupId = (now: Date): string => `cluster_backup_${stampOf(now)}`

/**
 * How this backup is taken: the argv of pg_basebackup and what had to be left out.
 * https://www.postgresql.org/docs/current/app-pgbasebackup.html
 * @throws ToolkitError prerequisite where PostgreSQL cannot do it.
 */
export function planBaseBackup(input: BaseBackupInput): BaseBackupPlan {
  const { settings, server, now, backupsDir } = input
  const id = backupId(now)
  const folder = `${backupsDir}/${id}`
  const partial = `${folder}.partial`
  const notes: string[] = []
  const { compression, at } = chooseCompression(input, notes)
  const plain = settings.format === 'plain'
  if (plain) refuseLongLocations(server.tablespaces)
  const tablespaceFolders = plain
    ? server.tablespaces.map(({ oid }) => ({ oid, folder: `${partial}/tablespaces/${oid}` }))
    : []
  return {
    id,
    partial,
    folder,
    compression,
    compressAt: at,
    archives: plain ? [] : archivesOf(server.tablespaces, compression, at),
    tablespaceFolders,
    notes,
    argv: [
      'pg_basebackup',
      `--pgdata=${plain ? `${partial}/data` : partial}`,
      `--format=${settings.format}`,
      '--wal-method=stream',
      '--manifest-checksums=SHA256',
      `--checkpoint=${settings.checkpoint}`,
      `--label=${settings.label ?? id}`,
      // Without it nothing is measured on the server, and with it pg_stat_progress_basebackup knows the total.
      '--progress',
      ...compressionArguments(compression, at, settings.compressWorkers, input),
      ...(settings.maxRate ? [`--max-rate=${settings.maxRate}`] : []),
      ...tablespaceArguments(server.tablespaces, tablespaceFolders),
      '--no-password',
    ],
  }
}

/** Bytes that the header of a tar entry has for where a link leads. */
const longestLocation = 99

/** With FORMAT=tar a tablespace is an archive of its own, and its place is told in tablespace_map. */
function refuseLongLocations(tablespaces: readonly Tablespace[]): void {
  const long = tablespaces.find(({ location }) => Buffer.byteLength(location) > longestLocation)
  if (long === undefined) return
  throw new ToolkitError('prerequisite', {
    what: `The path of tablespace “${long.name}” is too long for FORMAT=plain.`,
    why: `PostgreSQL sends its link in a tar header, which holds ${longestLocation} bytes: ${long.location}`,
    hint: 'Save with FORMAT=tar, which is the default.',
  })
}

const endings = { zstd: '.zst', lz4: '.lz4', gzip: '.gz', none: '' } as const

const archivesOf = (
  tablespaces: readonly Pick<Tablespace, 'oid'>[],
  { algorithm }: Compression,
  at: BaseBackupPlan['compressAt'],
): BaseBackupPlan['archives'] => {
  const ending = `.tar${at === 'nowhere' ? '' : endings[algorithm]}`
  return [
    ...tablespaces.map(({ oid }) => ({ name: `${oid}${ending}`, role: 'tablespace' as const, oid })),
    { name: `base${ending}`, role: 'base' },
  ]
}

/**
 * In --tablespace-mapping an equals sign in a path is escaped. A backslash at its end would escape the one that follows;
 * pg_basebackup takes a slash from the end of a path.
 */
const escapeEquals = (path: string): string => path.replaceAll('=', '\\=').replace(/\\$/, '\\/')

const tablespaceArguments = (
  tablespaces: readonly Tablespace[],
  folders: BaseBackupPlan['tablespaceFolders'],
): string[] =>
  folders.map(({ oid, folder }) => {
    const location = tablespaces.find(t => t.oid === oid)?.location ?? ''
    return `--tablespace-mapping=${escapeEquals(location)}=${escapeEquals(folder)}`
  })

const loopback = ['localhost', '127.0.0.1', '::1']

/** On the server when it is this machine, on ours otherwise: the processors of a production server are dearer. */
function chooseCompression(
  { settings, server, client }: BaseBackupInput,
  notes: string[],
): { compression: Compression; at: BaseBackupPlan['compressAt'] } {
  const none = { compression: { algorithm: 'none' }, at: 'nowhere' } as const
  const asked = settings.compress ?? settings.backupCompression
  if (settings.format === 'plain') {
    if (settings.compress && settings.compress.algorithm !== 'none')
      notes.push('FORMAT=plain is never compressed.')
    return none
  }
  if (asked.algorithm === 'none') return none
  const readable = asked.algorithm === 'gzip' || client.tools.includes(asked.algorithm)
  if (!readable) {
    notes.push(
      `Compressing with gzip: the program ${asked.algorithm}, which would read the backup again, is not installed here.`,
    )
  }
  const wanted: Compression = readable ? asked : { algorithm: 'gzip', level: 6 }
  // Before 15 only the client compresses, and only with gzip; 15 and later know the algorithms on both sides.
  const bothAre15 = server.major >= 15 && client.major >= 15
  const isLocal = loopback.includes(settings.host) || settings.host.startsWith('/')
  const preferred = settings.compressAt === 'auto' ? (isLocal ? 'server' : 'client') : settings.compressAt
  const can = (side: 'server' | 'client', algorithm: Algorithm): boolean =>
    side === 'server'
      ? bothAre15 && server.compression.includes(algorithm)
      : algorithm === 'gzip' || (client.major >= 15 && client.clientCompression.includes(algorithm))
  if (can(preferred, wanted.algorithm)) return { compression: wanted, at: preferred }
  const other = preferred === 'server' ? 'client' : 'server'
  if (can(other, wanted.algorithm)) {
    notes.push(
      `Compressing on the ${other}: the ${preferred} (PostgreSQL ${preferred === 'server' ? server.version : client.major}) has no ${wanted.algorithm}.`,
    )
    return { compression: wanted, at: other }
  }
  notes.push(`Compressing with gzip: neither side has ${wanted.algorithm}. It is slower and larger.`)
  return { compression: { algorithm: 'gzip', level: 6 }, at: can(preferred, 'gzip') ? preferred : 'client' }
}

function compressionArguments(
  compression: Compression,
  at: BaseBackupPlan['compressAt'],
  workers: number,
  { server, client }: Pick<BaseBackupInput, 'server' | 'client'>,
): string[] {
  if (at === 'nowhere') return server.major >= 15 ? ['--compress=none'] : []
  // pg_basebackup before 15 knows a level and no names.
  if (client.major < 15) return [`--compress=${compression.level ?? 6}`]
  const details = [
    ...(compression.level === undefined ? [] : [`level=${compression.level}`]),
    ...(compression.algorithm === 'zstd' && workers > 0 ? [`workers=${workers}`] : []),
  ]
  const detail = details.length > 0 ? `:${details.join(',')}` : ''
  return [`--compress=${at}-${compression.algorithm}${detail}`]
}

/** `zstd:3 on the server`. */
export const describeCompression = (plan: Pick<BaseBackupPlan, 'compression' | 'compressAt'>): string =>
  plan.compressAt === 'nowhere'
    ? 'no compression'
    : `${formatCompression(plan.compression)} on the ${plan.compressAt}`
