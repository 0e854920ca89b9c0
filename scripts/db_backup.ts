#!/usr/bin/env -S npx tsx
import type { VerifyResult } from './operations/verify.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runVerbs } from './settings/command.ts'
import { clusterOptions } from './settings/options.ts'
import { formatBytes, formatDuration, formatTable } from './terminal/format.ts'

const verifyLine = (r: VerifyResult): string =>
  [
    `${r.result === 'ok' ? 'ok    ' : 'FAILED'}  ${r.id}  (${r.level}, ${formatDuration(r.seconds)})`,
    ...r.problems.map(problem => `        ${problem}`),
    ...r.notes.map(note => `        note: ${note}`),
  ].join('\n')

await runVerbs('db_backup.ts', 'The backups: list, verify, delete.', [
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
