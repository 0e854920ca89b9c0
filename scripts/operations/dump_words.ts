import { clusterOptions, connectionOptions, type OptionName } from '../settings/options.ts'
import { countOf, formatBytes, formatDuration } from '../terminal/format.ts'
import { makeWord } from '../terminal/shell_words.ts'
import type { DumpResult } from './dump.ts'

/** What two commands take that both make a dump. */
export const dumpOptions: readonly OptionName[] = [
  'db',
  'dumpFormat',
  'jobs',
  'compress',
  'tables',
  'excludeTables',
  'schema',
  'only',
  'noOwner',
  'noAcl',
  'noTablespaces',
  'globals',
  'lockTimeout',
  'label',
  'dryRun',
  'backupCompression',
  ...connectionOptions,
  ...clusterOptions,
]

/** What a dump says to a person. */
export function renderDump({ plan, file, metadata, seconds }: DumpResult): string {
  if (plan) {
    const size = plan.estimated_bytes === null ? 'not measured' : formatBytes(plan.estimated_bytes)
    const argv = [plan.argv, ...(plan.rolesArgv ? [plan.rolesArgv] : [])].map(args => args.join('\n    '))
    return `Would dump as ${plan.id} (about ${size}, ${formatBytes(plan.free_bytes)} free):\n  ${argv.join('\n  ')}`
  }
  if (!metadata) return ''
  const { backup_size_bytes: bytes, database_size_bytes: size, table_counts: counts, id } = metadata
  const tables = Object.values(counts)
  const rows = tables.reduce((a, b) => a + b, 0)
  return [
    `Dumped and read through in ${formatDuration(seconds)}: ${formatBytes(size)} as ${formatBytes(bytes)}, ${countOf(rows, 'row')} of ${countOf(tables.length, 'table')}.`,
    `  ${file}`,
    `  restore it with: make restore-dump ${makeWord('FILE', id)} TARGET_DB=…`,
  ].join('\n')
}
