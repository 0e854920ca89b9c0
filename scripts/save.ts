#!/usr/bin/env -S npx tsx
import { copyingExits } from './operations/exits.ts'
import { renderSave, saveOptions } from './operations/save_words.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'

await runCommand(
  'save.ts',
  command({
    name: 'save',
    summary: 'Takes a physical backup of a whole cluster with pg_basebackup, and verifies it.',
    options: saveOptions,
    exits: copyingExits,
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
    render: renderSave,
  }),
)
