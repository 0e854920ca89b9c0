#!/usr/bin/env -S npx tsx
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { clusterOptions, connectionOptions } from './settings/options.ts'
import { formatBytes, formatDuration } from './terminal/format.ts'

await runCommand(
  'save.ts',
  command({
    name: 'save',
    summary: 'Takes a physical backup of a whole cluster with pg_basebackup, and verifies it.',
    options: [
      'type',
      'format',
      'compress',
      'compressAt',
      'compressWorkers',
      'checkpoint',
      'maxRate',
      'label',
      'dryRun',
      'backupCompression',
      ...connectionOptions,
      ...clusterOptions,
    ],
    exits: [
      'connection',
      'space',
      'verification',
      'usage',
      'prerequisite',
      'locked',
      'failed',
      'interrupted',
    ],
    examples: [
      ['make save', 'a full backup into db/backups'],
      ['make save LABEL="before the upgrade"', 'with a word of your own'],
      ['make save PGHOST=db.example.com PGUSER=backup', 'of a server elsewhere'],
      ['make save CONTAINER=shop-db-1', 'of a container or a compose service of your own'],
    ],
    async run(settings, context, resolved) {
      const { saveCluster } = await import('./operations/save.ts')
      return saveCluster(chooseRuntime(settings), resolved, context)
    },
    render({ plan, folder, metadata, seconds }) {
      if (plan) {
        const size = plan.estimated_bytes === null ? 'not measured' : formatBytes(plan.estimated_bytes)
        return `Would save as ${plan.id} (about ${size}, ${formatBytes(plan.free_bytes)} free):\n  ${plan.argv.join('\n    ')}`
      }
      if (!metadata) return ''
      const { backup_size_bytes: bytes, cluster_size_bytes: cluster } = metadata
      return [
        `Saved and verified in ${formatDuration(seconds)}: ${formatBytes(cluster)} as ${formatBytes(bytes)} (${(cluster / bytes).toFixed(1)}:1).`,
        `  ${folder}`,
        `  restore it with: make restore BACKUP_DIR=${metadata.id}`,
      ].join('\n')
    },
  }),
)
