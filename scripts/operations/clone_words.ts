import { clusterOptions, connectionOptions, type OptionName } from '../settings/options.ts'
import { countOf, formatDuration } from '../terminal/format.ts'
import type { CloneResult } from './clone.ts'

export const cloneOptions: readonly OptionName[] = [
  'source',
  'cloneTarget',
  'targetHost',
  'targetPort',
  'targetUser',
  'targetPassword',
  'jobs',
  'lockTimeout',
  'noOwner',
  'noAcl',
  'noTablespaces',
  'dryRun',
  ...connectionOptions,
  ...clusterOptions,
]

/** What a clone says to a person. */
export function cloneText(r: CloneResult): string {
  const how = r.method === 'template' ? 'by the server itself' : 'by pg_dump into pg_restore'
  if (!r.done) return `Would clone “${r.source}” as “${r.target}” on ${r.host}, ${how}.`
  return [
    `Cloned and compared in ${formatDuration(r.seconds)}: “${r.target}” on ${r.host}, ${countOf(r.rows, 'row')} of ${countOf(r.tables, 'table')}, ${how}.`,
    ...r.notes.map(note => `  note: ${note}`),
    ...r.held_jobs.map(({ id, command }) => `  job ${id} deletes old data and was left paused: ${command}`),
  ].join('\n')
}
