import { identifier } from '../postgres/databases.ts'
import { clusterOptions, connectionOptions, type OptionName } from '../settings/options.ts'
import { countOf, formatDuration } from '../terminal/format.ts'
import { makeWord } from '../terminal/shell_words.ts'
import type { RestoreDumpResult } from './restore_dump.ts'

/** What two commands take that both restore a dump. */
export const restoreDumpOptions: readonly OptionName[] = [
  'db',
  'tables',
  'excludeTables',
  'schema',
  'only',
  'jobs',
  'noOwner',
  'noAcl',
  'noTablespaces',
  'dryRun',
  'force',
  ...connectionOptions,
  ...clusterOptions,
]

/** What a restore says to a person. */
export function renderRestoreDump({ plan, restored, seconds }: RestoreDumpResult): string {
  if (!restored) {
    const passes = [...plan.definitions, ...plan.catalog, ...plan.rest, ...plan.foreignKeys]
    return [
      `Would restore ${plan.source.id} into a new database, compare it, and call it “${plan.database}”.`,
      ...(plan.former ? [`  the database of that name stays, as ${plan.former}`] : []),
      ...(plan.timescaledb ? [`  TimescaleDB ${plan.timescaledb.version}, as in the dump`] : []),
      ...passes.map(({ argv, purpose }) => `  ${purpose}: ${argv.join(' ')}`),
    ].join('\n')
  }
  return [
    `Restored and compared in ${formatDuration(seconds)}: “${restored.database}”, ${countOf(restored.rows, 'row')} of ${countOf(restored.tables, 'table')}.`,
    ...(restored.former
      ? [
          `  what was there before is ${restored.former}, closed to connections; when it is not needed any more:`,
          `  make psql ${makeWord('COMMAND', `DROP DATABASE ${identifier(restored.former)}`)}`,
        ]
      : []),
    ...restored.notes.map(note => `  note: ${note}`),
    ...restored.held_jobs.map(
      ({ id, command }) => `  job ${id} deletes old data and was left paused: ${command}`,
    ),
  ].join('\n')
}
