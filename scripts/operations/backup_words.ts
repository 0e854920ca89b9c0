import { formatBytes, formatDuration, formatTable } from '../terminal/format.ts'
import type { CleanupResult } from './cleanup.ts'
import type { ListedBackup } from './list.ts'
import type { BackupStats } from './stats.ts'
import type { VerifyResult } from './verify.ts'

/** The table of `list`. */
export function listText({ backups_dir, backups }: { backups_dir: string; backups: ListedBackup[] }): string {
  if (backups.length === 0)
    return `There are no backups in ${backups_dir}. make save makes one of everything, make dump of one database.`
  const rows = backups.map(b => [
    b.id,
    b.foreign ? 'foreign' : b.kind === 'dump' ? 'dump' : b.type,
    b.database_name ?? (b.kind === 'dump' ? '?' : 'all'),
    b.at > new Date().toISOString() ? 'in the future' : formatDuration(b.age_seconds),
    formatBytes(b.backup_size_bytes),
    b.cluster_size_bytes === null ? '?' : formatBytes(b.cluster_size_bytes),
    b.cluster_size_bytes === null ? '?' : `${(b.cluster_size_bytes / b.backup_size_bytes).toFixed(1)}:1`,
    b.postgresql_version ?? '?',
    b.timescaledb_version ?? '-',
    b.damage ? `DAMAGED: ${b.damage}` : b.verified ? `${b.verified.result} (${b.verified.level})` : 'never',
    b.label ?? '',
  ])
  const headings = [
    'id',
    'type',
    'database',
    'age',
    'size',
    'original',
    'ratio',
    'pg',
    'timescaledb',
    'verified',
    'label',
  ]
  return `${formatTable(headings, rows, ['size', 'original', 'ratio'])}\n\nin ${backups_dir}`
}

/** What `verify` says of one backup. */
export const verifyLine = (r: VerifyResult): string =>
  [
    `${r.result === 'ok' ? 'ok    ' : 'FAILED'}  ${r.id}  (${r.level}, ${formatDuration(r.seconds)})`,
    ...r.problems.map(problem => `        ${problem}`),
    ...r.notes.map(note => `        note: ${note}`),
  ].join('\n')

/** What `cleanup` did, or would do. */
export function cleanupText({ backups, backups_dir, dry_run, freed_bytes }: CleanupResult): string {
  if (backups.length === 0) return `There are no backups in ${backups_dir}. make save makes one.`
  const going = backups.filter(b => b.action === 'remove')
  const of = `of ${backups.length} backups`
  if (dry_run) {
    const rows = backups.map(b => [
      b.action,
      b.id,
      b.database ?? b.type,
      b.at.replace(/:\d\d\.\d+Z/, 'Z'),
      formatBytes(b.backup_size_bytes),
      b.reasons.join('; '),
    ])
    const bytes = going.reduce((sum, b) => sum + b.backup_size_bytes, 0)
    return [
      formatTable(['action', 'id', 'of', 'made at', 'size', 'why'], rows, ['size']),
      `Would delete ${going.length} ${of} (${formatBytes(bytes)}), in ${backups_dir}`,
    ].join('\n\n')
  }
  if (going.length === 0) return `Nothing to delete ${of}. DRY_RUN=1 says why each of them stays.`
  const left = backups.filter(b => b.left !== null).length
  const deleted = `Deleted ${backups.filter(b => b.removed).length} ${of} (${formatBytes(freed_bytes)}).`
  return left === 0 ? deleted : `${deleted} Left: ${left}, as said above.`
}

/** The numbers of `stats` as tables. */
export function statsText({ backups_dir, groups, count, total_bytes, history }: BackupStats): string {
  const or = (value: number | null, words: (value: number) => string) => (value === null ? '?' : words(value))
  const rows = groups.map(g => [
    g.foreign ? 'foreign' : (g.database ?? g.kind),
    String(g.count),
    formatBytes(g.total_bytes),
    formatDuration(g.newest_age_seconds),
    formatDuration(g.oldest_age_seconds),
    formatBytes(g.last_size_bytes),
    or(g.growth_bytes_per_day, formatBytes),
    or(g.average_ratio, ratio => `${ratio.toFixed(1)}:1`),
    or(g.average_seconds, formatDuration),
    String(g.never_verified),
    String(g.failed),
    String(g.damaged),
  ])
  const amounts = ['count', 'size', 'last', 'per day', 'ratio', 'never verified', 'failed', 'damaged']
  const headings = ['of', 'count', 'size', 'newest', 'oldest', 'last', 'per day', 'ratio', 'took']
  const runs = history.commands.map(c => [
    c.command,
    String(c.runs),
    String(c.failures),
    String(c.left_out),
    c.last_at.replace(/\.\d+Z/, 'Z'),
    c.last_failure
      ? `${c.last_failure.at.replace(/\.\d+Z/, 'Z')} (${c.last_failure.exit_code}) ${c.last_failure.result}`
      : '',
  ])
  const damaged = history.damaged_lines
  return [
    count === 0
      ? `There are no backups in ${backups_dir}.`
      : `${formatTable([...headings, 'never verified', 'failed', 'damaged'], rows, amounts)}\n\n` +
        `${count} backups, ${formatBytes(total_bytes)}, in ${backups_dir}`,
    runs.length === 0
      ? `No run has been recorded since ${history.since.slice(0, 10)}.`
      : `Runs since ${history.since.slice(0, 10)}:\n\n` +
        formatTable(['command', 'runs', 'failed', 'left out', 'last', 'last failure'], runs, [
          'runs',
          'failed',
          'left out',
        ]),
    ...(damaged === 0 ? [] : [`history.jsonl: lines that cannot be read, and were passed over: ${damaged}`]),
  ].join('\n\n')
}
