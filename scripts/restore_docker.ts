#!/usr/bin/env -S npx tsx
import type { RestoreResult } from './operations/restore.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { clusterOptions } from './settings/options.ts'
import { formatBytes, formatDuration } from './terminal/format.ts'

const howToStart = (r: RestoreResult): string =>
  r.recovered
    ? `It is ready: start the server that has its data in ${r.plan.into}.`
    : 'Start it with: make start-restored'

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
      [
        'make restore BACKUP_DIR=latest CONTAINER=shop-db-1',
        'into a container or compose service of your own',
      ],
      ['make restore BACKUP_DIR=latest TARGET=volume:shop_data', 'into a volume'],
    ],
    async run(settings, context, resolved) {
      const { restoreInto } = await import('./operations/restore_into.ts')
      return restoreInto(chooseRuntime(settings), resolved, context)
    },
    render(r) {
      if (!r.done) return 'Nothing was changed (dry run).'
      const next = r.started ? 'The database is running again.' : howToStart(r)
      return `Restored ${r.plan.source.id} in ${formatDuration(r.seconds)}: ${formatBytes(r.restored_bytes)}.\n${next}`
    },
  }),
)
