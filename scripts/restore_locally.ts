#!/usr/bin/env -S npx tsx
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { formatBytes, formatDuration } from './terminal/format.ts'

await runCommand(
  'restore_locally.ts',
  command({
    name: 'restore-locally',
    summary:
      'Restores a base backup into a PostgreSQL of this machine that systemd, pg_ctlcluster or pg_ctl looks after.',
    options: [
      ...(['backupDir', 'target', 'force', 'dryRun', 'inPlace', 'tablespaceMap'] as const),
      ...(['backupsDir', 'pgBin', 'user', 'startTimeout'] as const),
    ],
    positional: 'backupDir',
    exits: ['space', 'verification', 'usage', 'prerequisite', 'locked', 'failed', 'interrupted'],
    examples: [
      ['sudo make restore-locally BACKUP_DIR=latest', 'into the data directory of the server that runs here'],
      ['sudo make restore-locally BACKUP_DIR=latest TARGET=/mnt/db/postgres', 'into another one'],
      ['make restore-locally BACKUP_DIR=latest DRY_RUN=1', 'only the plan'],
    ],
    async run(settings, context, resolved) {
      const { restoreCluster } = await import('./operations/restore.ts')
      const { serviceDestination } = await import('./operations/service_destination.ts')
      const runtime = chooseRuntime({ ...settings, runtime: 'local' })
      return restoreCluster(runtime, resolved, context, serviceDestination)
    },
    render(r) {
      if (!r.done) return 'Nothing was changed (dry run).'
      const lines = [
        `Restored ${r.plan.source.id} in ${formatDuration(r.seconds)}: ${formatBytes(r.restored_bytes)}. The server is running on timeline ${r.recovered?.timeline}.`,
        ...(r.recovered?.databases ?? []).map(d => `  ${d.name.padEnd(24)} ${formatBytes(d.bytes)}`),
        ...(r.plan.former
          ? [`  The former data is kept in ${r.plan.former}. When you are sure, delete it.`]
          : []),
      ]
      return lines.join('\n')
    },
  }),
)
