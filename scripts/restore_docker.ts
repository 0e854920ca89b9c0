#!/usr/bin/env -S npx tsx
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { clusterOptions } from './settings/options.ts'
import { formatBytes, formatDuration } from './terminal/format.ts'

await runCommand(
  'restore_docker.ts',
  command({
    name: 'restore',
    summary:
      'Restores a base backup into the data directory; what was there is kept until make discard-former.',
    options: ['backupDir', 'force', 'dryRun', 'target', 'inPlace', 'tablespaceMap', ...clusterOptions],
    positional: 'backupDir',
    exits: ['space', 'verification', 'usage', 'prerequisite', 'locked', 'failed', 'interrupted'],
    examples: [
      ['make restore BACKUP_DIR=latest', 'the newest backup; shows the plan and asks'],
      ['echo y | make restore BACKUP_DIR=latest', 'the same without a terminal'],
      ['make restore BACKUP_DIR=/mnt/usb/base FORCE=1', 'a folder that pg_basebackup wrote'],
    ],
    async run(settings, context, resolved) {
      const { restoreCluster } = await import('./operations/restore.ts')
      return restoreCluster(chooseRuntime(settings), resolved, context)
    },
    render(r) {
      if (!r.done) return 'Nothing was changed (dry run).'
      const next = r.started ? 'The database is running again.' : 'Start it with: make start-restored'
      return `Restored ${r.plan.source.id} in ${formatDuration(r.seconds)}: ${formatBytes(r.restored_bytes)}.\n${next}`
    },
  }),
)
