import { clusterOptions, connectionOptions, type OptionName } from '../settings/options.ts'
import { formatBytes, formatDuration } from '../terminal/format.ts'
import type { SaveResult } from './save.ts'

/** What two commands take that both save a cluster. */
export const saveOptions: readonly OptionName[] = [
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
]

/** What a save says to a person. */
export function renderSave({ plan, folder, metadata, seconds }: SaveResult): string {
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
}
