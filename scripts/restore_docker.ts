#!/usr/bin/env -S npx tsx
import { copyingExits } from './operations/exits.ts'
import { renderRestore, restoreOptions } from './operations/restore_words.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'

await runCommand(
  'restore_docker.ts',
  command({
    name: 'restore',
    summary:
      'Restores a base backup into the data directory; what was there is kept until make discard-former.',
    options: restoreOptions,
    positional: 'backupDir',
    exits: copyingExits.filter(kind => kind !== 'connection'),
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
    render: renderRestore,
  }),
)
