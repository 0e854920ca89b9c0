#!/usr/bin/env -S npx tsx
import { cleanupText, listText, statsText, verifyLine } from './operations/backup_words.ts'
import { cloneOptions, cloneText } from './operations/clone_words.ts'
import { dumpOptions, renderDump } from './operations/dump_words.ts'
import { copyingExits } from './operations/exits.ts'
import { renderRestoreDump, restoreDumpOptions } from './operations/restore_dump_words.ts'
import { renderRestore, restoreOptions } from './operations/restore_words.ts'
import { renderSave, saveOptions } from './operations/save_words.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runVerbs } from './settings/command.ts'
import { clusterOptions, type OptionName, retentionOptions } from './settings/options.ts'
import { formatBytes } from './terminal/format.ts'

/** Each once: two lists may have the same. */
const all = <T>(...lists: readonly (readonly T[])[]): T[] => [...new Set(lists.flat())]

await runVerbs('db_backup.ts', 'The backups: create, list, verify, restore, clone, stats, cleanup, delete.', [
  command({
    name: 'create',
    summary: 'Makes a backup: of the whole cluster, or with --method logical of one database.',
    options: all<OptionName>(
      ['method'],
      saveOptions,
      dumpOptions.filter(name => name !== 'dumpFormat'),
    ),
    exits: copyingExits,
    async run(settings, context, resolved) {
      const { createBackup } = await import('./operations/create_backup.ts')
      return createBackup(chooseRuntime(settings), resolved, context)
    },
    render: result => ('physical' in result ? renderSave(result.physical) : renderDump(result.logical)),
  }),
  command({
    name: 'restore',
    summary: 'Restores a backup: a physical one as make restore, a dump into a database.',
    options: all<OptionName>(
      ['cloneTarget', 'noClean'],
      restoreOptions.filter(name => name !== 'target'),
      restoreDumpOptions,
    ),
    positional: 'backupDir',
    exits: copyingExits,
    async run(settings, context, resolved) {
      const { restoreBackup } = await import('./operations/restore_backup.ts')
      return restoreBackup(chooseRuntime(settings), resolved, context)
    },
    render: result =>
      'physical' in result ? renderRestore(result.physical) : renderRestoreDump(result.logical),
  }),
  command({
    name: 'clone',
    summary: 'Copies a database under a new name, on the same server or another one, and compares the two.',
    options: cloneOptions,
    positional: ['source', 'cloneTarget'],
    exits: copyingExits,
    examples: [
      ['make clone SOURCE=shop TARGET=shop_test', 'beside it, for trying something'],
      ['make clone SOURCE=shop TARGET=shop TARGET_HOST=other.example.com', 'on another server'],
    ],
    async run(settings, context, resolved) {
      const { cloneDatabase } = await import('./operations/clone.ts')
      return cloneDatabase(chooseRuntime(settings), resolved, context)
    },
    render: cloneText,
  }),
  command({
    name: 'list',
    summary: 'Lists the backups, newest first.',
    options: ['backupsDir'],
    exits: ['prerequisite'],
    async run(settings) {
      const { listedBackups } = await import('./operations/list.ts')
      return { backups_dir: settings.backupsDir, backups: await listedBackups(settings.backupsDir) }
    },
    render: listText,
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
