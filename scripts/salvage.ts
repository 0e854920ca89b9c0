#!/usr/bin/env -S npx tsx
import type { SalvageResult } from './operations/salvage.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'
import { clusterOptions } from './settings/options.ts'

function whatNow({ done, copy, afterwards: next, destroyed }: SalvageResult): string {
  if (!done || next === undefined) return 'Nothing was changed (dry run).'
  return [
    `Salvaged into ${copy}. The original is as it was: keep it.`,
    '',
    'The copy is for reading what is left. Start it apart, and dump it at once:',
    `  ${next.start}`,
    ...next.dump.map(line => `  ${line}`),
    '  (pg_dump once for each database)',
    `  ${next.stop}`,
    '',
    'Then load the dumps into a new cluster and go on with that one: docs/SALVAGE.md has every step.',
    'Never go on with the copy. What pg_resetwal has destroyed in it:',
    ...destroyed.map(line => `  - ${line}`),
  ].join('\n')
}

await runCommand(
  'salvage.ts',
  command({
    name: 'salvage',
    summary:
      'The last resort for a cluster that does not start and has no backup: pg_resetwal on a copy, to dump what is left.',
    options: ['target', 'force', 'dryRun', ...clusterOptions, 'user'],
    exits: ['space', 'usage', 'prerequisite', 'locked', 'failed', 'interrupted'],
    examples: [
      ['make salvage DRY_RUN=1', 'what would be done, and what it destroys'],
      ['make salvage TARGET=/srv/postgres', 'another data directory than DATA_DIR'],
      ['echo salvage | make salvage', 'the typed confirmation, without a terminal'],
    ],
    async run(settings, context, resolved) {
      const { salvageCluster } = await import('./operations/salvage.ts')
      const dataDir = settings.target ?? settings.dataDir
      return salvageCluster(chooseRuntime({ ...settings, dataDir }), resolved, context)
    },
    render: whatNow,
  }),
)
