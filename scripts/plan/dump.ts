import type { ImageFacts } from '../runtime/runtime.ts'
import { type Compression, formatCompression } from '../settings/compression.ts'
import type { Settings } from '../settings/options.ts'
import { dumpId } from './dump_name.ts'

export type DumpInput = {
  settings: Pick<
    Settings,
    | 'dumpFormat'
    | 'jobs'
    | 'compress'
    | 'backupCompression'
    | 'only'
    | 'noOwner'
    | 'noAcl'
    | 'noTablespaces'
    | 'globals'
    | 'environment'
    | 'lockTimeout'
  >
  database: string
  server: { major: number; version: string }
  client: Pick<ImageFacts, 'major' | 'version' | 'clientCompression' | 'tools'>
  /** Relations, where not everything is wanted: their names as SQL text, and those of schemas. */
  selection: { tables: readonly string[]; excludeTables: readonly string[]; schemas: readonly string[] }
  now: Date
  backupsDir: string
}

export type DumpPlan = {
  id: string
  format: 'custom' | 'directory' | 'plain'
  compression: Compression
  /** What pg_dump writes, in BACKUPS_DIR. */
  file: string
  /** Of pg_dumpall; null where it was not asked for. */
  rolesFile: string | null
  /** Of pg_dump, without the snapshot, which there is only when it begins. */
  argv: string[]
  rolesArgv: string[] | null
  /** What was not done as it was asked for, in words. */
  notes: string[]
}

/**
 * How a database is dumped.
 * https://www.postgresql.org/docs/current/app-pgdump.html
 */
export function planDump(input: DumpInput): DumpPlan {
  const { settings, database, client, server, selection, backupsDir } = input
  const notes: string[] = []
  const format = settings.dumpFormat
  const compression = chooseCompression(input, notes)
  const id = dumpId(database, settings.environment, input.now)
  const file = `${id}${format === 'plain' ? `.sql${plainEndings[compression.algorithm]}` : '.dump'}`
  const rolesFile = settings.globals ? `${id}.roles.sql` : null
  if (client.major > server.major) {
    notes.push(
      `pg_dump is ${client.version} and the server ${server.version}: the dump restores into PostgreSQL ${client.major} and newer.`,
    )
  }
  if (settings.noOwner && format !== 'plain')
    notes.push('NO_OWNER counts when it is restored: a dump of this format always has the owners.')
  return {
    id,
    format,
    compression,
    file,
    rolesFile,
    argv: [
      'pg_dump',
      `--format=${format}`,
      `--file=${backupsDir}/${file}.partial`,
      ...compressionArguments(compression, client.major),
      ...(format === 'directory' ? [`--jobs=${settings.jobs}`] : []),
      `--lock-wait-timeout=${settings.lockTimeout}s`,
      ...(settings.only ? [`--${settings.only}-only`] : []),
      ...(settings.noOwner && format === 'plain' ? ['--no-owner'] : []),
      ...(settings.noAcl ? ['--no-privileges'] : []),
      ...(settings.noTablespaces ? ['--no-tablespaces'] : []),
      ...selection.tables.map(name => `--table=${name}`),
      ...selection.excludeTables.map(name => `--exclude-table=${name}`),
      ...selection.schemas.map(name => `--schema=${name}`),
      '--no-password',
    ],
    rolesArgv:
      rolesFile === null
        ? null
        : ['pg_dumpall', '--globals-only', `--file=${backupsDir}/${rolesFile}.partial`, '--no-password'],
    notes,
  }
}

const plainEndings = { zstd: '.zst', lz4: '.lz4', gzip: '.gz', none: '' } as const

/** pg_dump before 16 has gzip alone. A dump that is for reading is not compressed, if nobody says so. */
function chooseCompression({ settings, client }: DumpInput, notes: string[]): Compression {
  if (settings.dumpFormat === 'plain' && settings.compress === undefined) return { algorithm: 'none' }
  const asked = settings.compress ?? settings.backupCompression
  if (asked.algorithm === 'none' || asked.algorithm === 'gzip') return asked
  const { algorithm } = asked
  const isWritten = client.major >= 16 && client.clientCompression.includes(algorithm)
  // SQL is read through by the algorithm's own program, all else by pg_restore.
  const isRead = settings.dumpFormat !== 'plain' || client.tools.includes(algorithm)
  if (isWritten && isRead) return asked
  const why = isWritten
    ? `beside pg_dump there is no program ${algorithm}, which would read the dump through`
    : `${client.major < 16 ? `pg_dump ${client.major} has` : 'this pg_dump was built with'} no ${algorithm}`
  notes.push(`Compressing with gzip: ${why}. It is slower and larger.`)
  return { algorithm: 'gzip', level: 6 }
}

function compressionArguments(compression: Compression, major: number): string[] {
  if (compression.algorithm === 'none') return ['--compress=0']
  if (major < 16) return [`--compress=${compression.level ?? 6}`]
  return [`--compress=${formatCompression(compression)}`]
}
