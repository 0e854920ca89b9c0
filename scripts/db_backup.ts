#!/usr/bin/env -S npx tsx
import type { CleanupResult } from './operations/cleanup.ts'
import type { BackupStats } from './operations/stats.ts'
import type { VerifyResult } from './operations/verify.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runVerbs } from './settings/command.ts'
import { clusterOptions, retentionOptions } from './settings/options.ts'
import { formatBytes, formatDuration, formatTable } from './terminal/format.ts'

const verifyLine = (r: VerifyResult): string =>
  [
    `${r.result === 'ok' ? 'ok    ' : 'FAILED'}  ${r.id}  (${r.level}, ${formatDuration(r.seconds)})`,
    ...r.problems.map(problem => `        ${problem}`),
    ...r.notes.map(note => `        note: ${note}`),
  ].join('\n')

function cleanupText({ backups, backups_dir, dry_run, freed_bytes }: CleanupResult): string {
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

function statsText({ backups_dir, groups, count, total_bytes, history }: BackupStats): string {
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

await runVerbs('db_backup.ts', 'The backups: list, verify, stats, cleanup, delete.', [
  command({
    name: 'list',
    summary: 'Lists the backups, newest first.',
    options: ['backupsDir'],
    exits: ['prerequisite'],
    async run(settings) {
      const { listedBackups } = await import('./operations/list.ts')
      return { backups_dir: settings.backupsDir, backups: await listedBackups(settings.backupsDir) }
    },
    render({ backups_dir, backups }) {
      if (backups.length === 0) return `There are no backups in ${backups_dir}. make save makes one.`
      const rows = backups.map(b => [
        b.id,
        b.foreign ? 'foreign' : b.type,
        b.at > new Date().toISOString() ? 'in the future' : formatDuration(b.age_seconds),
        formatBytes(b.backup_size_bytes),
        b.cluster_size_bytes === null ? '?' : formatBytes(b.cluster_size_bytes),
        b.cluster_size_bytes === null ? '?' : `${(b.cluster_size_bytes / b.backup_size_bytes).toFixed(1)}:1`,
        b.postgresql_version ?? '?',
        b.timescaledb_version ?? '-',
        b.damage
          ? `DAMAGED: ${b.damage}`
          : b.verified
            ? `${b.verified.result} (${b.verified.level})`
            : 'never',
        b.label ?? '',
      ])
      const headings = [
        'id',
        'type',
        'age',
        'size',
        'cluster',
        'ratio',
        'pg',
        'timescaledb',
        'verified',
        'label',
      ]
      return `${formatTable(headings, rows, ['size', 'cluster', 'ratio'])}\n\nin ${backups_dir}`
    },
  }),
  command({
    name: 'verify',
    summary:
      'Verifies one backup, or all of them: archives hashed again, with --deep every file and the WAL.',
    options: ['backupDir', 'deep', ...clusterOptions],
    positional: 'backupDir',
    exits: ['verification', 'usage', 'prerequisite', 'locked', 'interrupted'],
    examples: [
      ['make verify BACKUP_DIR=latest', 'is the newest what it was when it was saved?'],
      ['make verify BACKUP_DIR=latest DEEP=1', 'every file in it, and the WAL'],
    ],
    async run(settings, context, resolved) {
      const { verifyBackups } = await import('./operations/verify.ts')
      return verifyBackups(chooseRuntime(settings), resolved, context)
    },
    render: results => results.map(verifyLine).join('\n'),
    exitCode: results => (results.every(r => r.result === 'ok') ? 0 : 3),
  }),
  command({
    name: 'stats',
    summary: 'Numbers about the backups, and about the runs of the last 30 days.',
    options: ['backupsDir'],
    exits: ['prerequisite'],
    async run(settings) {
      const { backupStats } = await import('./operations/stats.ts')
      return backupStats(settings)
    },
    render: statsText,
  }),
  command({
    name: 'cleanup',
    summary: 'Deletes old backups by the rules of the settings, after asking.',
    options: ['dryRun', 'force', 'backupsDir', ...retentionOptions],
    exits: ['usage', 'prerequisite', 'locked', 'partial', 'interrupted'],
    examples: [
      ['make cleanup DRY_RUN=1', 'what would go, and why the others stay'],
      [
        'make cleanup BACKUP_RETENTION_DAYS=7 BACKUP_KEEP_MONTHLY=12',
        'a week, and the newest of each month of a year',
      ],
    ],
    async run(settings, context) {
      const { cleanupBackups } = await import('./operations/cleanup.ts')
      return cleanupBackups(settings, context)
    },
    render: cleanupText,
    exitCode: r => (r.backups.some(b => b.left !== null) ? 7 : 0),
  }),
  command({
    name: 'delete',
    summary: 'Deletes one backup, after asking.',
    options: ['backupDir', 'dryRun', 'force', 'backupsDir'],
    positional: 'backupDir',
    exits: ['usage', 'prerequisite', 'locked', 'interrupted'],
    async run(settings, context) {
      const { deleteBackup } = await import('./operations/delete.ts')
      return deleteBackup(settings, context)
    },
    render: r => `${r.deleted ? 'Deleted' : 'Would delete'} ${r.id} (${formatBytes(r.freed_bytes)}).`,
  }),
])
