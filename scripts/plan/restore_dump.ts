import type { DumpFormat } from '../catalog/backup.ts'
import type { DumpMetadata } from '../catalog/metadata.ts'
import type { Settings } from '../settings/options.ts'
import { nameBeside } from './database_name.ts'
import { stampOf } from './stamp.ts'

export type RestoreDumpInput = {
  source: { id: string; path: string; format: DumpFormat }
  metadata: DumpMetadata | undefined
  settings: Pick<Settings, 'jobs' | 'noOwner' | 'noAcl' | 'noTablespaces' | 'only' | 'ifExists'>
  /** Lines of its table of contents; of plain SQL there are none. */
  entries: readonly string[]
  target: string
  targetExists: boolean
  timescaledb: { version: string; schema: string } | undefined
  now: Date
}

/** One run of pg_restore. */
export type RestorePass = {
  argv: string[]
  /** Entries for --use-list; every one of the section where there are none. */
  entries?: string[]
  /** What it does, for a person. */
  purpose: string
}

export type RestoreDumpPlan = {
  source: RestoreDumpInput['source']
  /** The name that it has in the end. */
  database: string
  /** The name that it has until it is proven. */
  staging: string
  /** What the database of that name is called afterwards; null where there is none. */
  former: string | null
  timescaledb: RestoreDumpInput['timescaledb'] | null
  definitions: RestorePass[]
  /** TimescaleDB's, which has to be there before rows come. */
  catalog: RestorePass[]
  /** Rows, indexes, constraints, triggers. */
  rest: RestorePass[]
  /** Last. Those that are not of hypertables after TimescaleDB has left restoring mode: see `splitForeignKeys`. */
  foreignKeys: RestorePass[]
}

/** `12; 1262 5 TABLE DATA public orders shop` without its numbers. */
export const wordsOf = (entry: string): string => entry.replace(/^\d+; \d+ \d+ /, '')

/** The extension is made before, at its own version; what a comment says of it cannot be said by everybody. */
const isTimescaleItself = (entry: string): boolean =>
  /^(EXTENSION - timescaledb|COMMENT - EXTENSION timescaledb) /.test(`${wordsOf(entry)} `)
/** What makes tables hypertables; it has to be there before rows come. */
const isTimescaleCatalog = (entry: string): boolean =>
  /^(TABLE DATA|SEQUENCE SET) _timescaledb_(catalog|config|internal|cache) /.test(wordsOf(entry)) &&
  !/^TABLE DATA _timescaledb_internal (_hyper_|compress_hyper_|_materialized_hypertable_|_compressed_hypertable_)/.test(
    wordsOf(entry),
  )
/** Settings, comments and privileges of the database itself: their name is the old one. */
export const isOfDatabase = (entry: string): boolean =>
  /^(DATABASE|DATABASE PROPERTIES|COMMENT - DATABASE|ACL - DATABASE|SECURITY LABEL - DATABASE) /.test(
    wordsOf(entry),
  )
export const isForeignKey = (entry: string): boolean => wordsOf(entry).startsWith('FK CONSTRAINT ')

/**
 * Into which database, and in which order. With TimescaleDB: definitions, then its catalog alone, then everything else in
 * parallel. In one parallel run chunks may come before what they belong to.
 * Foreign keys come last.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export function planRestoreDump(input: RestoreDumpInput): RestoreDumpPlan {
  const { source, settings, target, targetExists, timescaledb, now } = input
  const stamp = stampOf(now)
  const isNew = targetExists && settings.ifExists === 'new'
  const database = isNew ? nameBeside(target, { suffix: `_restored_${stamp}` }) : target
  const none = { definitions: [], catalog: [], rest: [], foreignKeys: [] }
  const passes = source.format === 'plain' ? none : archivePasses(input)
  return {
    source,
    database,
    staging: nameBeside(target, { prefix: 'toolkit_restoring_' }),
    former: targetExists && !isNew ? nameBeside(target, { suffix: `_before_restore_${stamp}` }) : null,
    timescaledb: timescaledb ?? null,
    ...passes,
  }
}

type Passes = Pick<RestoreDumpPlan, 'definitions' | 'catalog' | 'rest' | 'foreignKeys'>

function archivePasses(input: RestoreDumpInput): Passes {
  const { source, settings, entries, timescaledb } = input
  const base = [
    'pg_restore',
    '--exit-on-error',
    '--no-password',
    ...(settings.noOwner ? ['--no-owner'] : []),
    ...(settings.noAcl ? ['--no-privileges'] : []),
    ...(settings.noTablespaces ? ['--no-tablespaces'] : []),
  ]
  // pg_restore reads a tar archive from beginning to end, and a pipe as well.
  const parallel = source.format === 'tar' ? [] : [`--jobs=${settings.jobs}`]
  const own = entries.filter(entry => !isTimescaleItself(entry) && !isOfDatabase(entry))
  const catalog = timescaledb ? own.filter(isTimescaleCatalog) : []
  const definitions = {
    argv: [...base, '--section=pre-data'],
    entries: own,
    purpose: 'tables, types, functions',
  }
  const isSchema = settings.only === 'schema'
  const rest = {
    argv: [...base, ...(isSchema ? [] : ['--section=data']), '--section=post-data', ...parallel],
    entries: own.filter(entry => !catalog.includes(entry) && !isForeignKey(entry)),
    purpose: isSchema ? 'indexes, constraints, triggers' : 'rows, indexes, constraints, triggers',
  }
  const last = [...base, '--section=post-data', ...parallel]
  const foreignKeys = { argv: last, entries: own.filter(isForeignKey), purpose: 'foreign keys' }
  const catalogRows = {
    // With its triggers: they put away what the new extension has written there itself.
    argv: [...base, '--section=data'],
    entries: catalog,
    purpose: 'TimescaleDB’s catalog',
  }
  return {
    definitions: [definitions],
    catalog: isSchema || catalog.length === 0 ? [] : [catalogRows],
    rest: [rest],
    foreignKeys: [foreignKeys],
  }
}

/** CREATE DATABASE as the dumped one was made. `fallback`: with the locale of this server, where that one is not here. */
export function createDatabase(
  name: string,
  database: DumpMetadata['database'] | undefined,
  { major, fallback = false }: { major: number; fallback?: boolean },
): string {
  const identifier = `"${name.replaceAll('"', '""')}"`
  const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
  const words = [`CREATE DATABASE ${identifier} TEMPLATE template0`]
  if (database) {
    words.push(`ENCODING ${literal(database.encoding)}`)
    if (!fallback) {
      words.push(`LC_COLLATE ${literal(database.collate)} LC_CTYPE ${literal(database.ctype)}`)
      if (major >= 15) words.push(`LOCALE_PROVIDER ${database.provider}`)
      if (database.locale !== null && database.provider === 'icu')
        words.push(`ICU_LOCALE ${literal(database.locale)}`)
      if (database.locale !== null && database.provider === 'builtin')
        words.push(`BUILTIN_LOCALE ${literal(database.locale)}`)
      if (database.icu_rules !== null && major >= 16) words.push(`ICU_RULES ${literal(database.icu_rules)}`)
    }
  }
  return words.join(' ')
}

/**
 * SQL that pg_restore --create writes about the database itself, for a database of another name. Each statement begins
 * a line; the name comes right behind these words.
 */
export function renameInSql(sql: string, from: string, to: string): string {
  const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`
  const names = [quoted(from), ...(/^[a-z_][a-z0-9_$]*$/.test(from) ? [from] : [])]
  const before =
    /^((?:ALTER DATABASE|COMMENT ON DATABASE|(?:GRANT|REVOKE) [^;]*? ON DATABASE|ALTER ROLE (?:"(?:[^"]|"")*"|\S+) IN DATABASE|SECURITY LABEL FOR \S+ ON DATABASE) )(.*)$/
  return sql
    .split('\n')
    .map(line => {
      const [, head, rest = ''] = before.exec(line) ?? []
      const name = names.find(name => rest.startsWith(`${name} `))
      return head && name ? `${head}${quoted(to)}${rest.slice(name.length)}` : line
    })
    .join('\n')
}
