#!/usr/bin/env -S npx tsx
import { copyingExits } from './operations/exits.ts'
import { renderRestoreDump, restoreDumpOptions } from './operations/restore_dump_words.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'

await runCommand(
  'restore_dump.ts',
  command({
    name: 'restore-dump',
    summary: 'Restores a dump into a new database, compares it, and only then gives it its name.',
    options: ['file', 'targetDb', 'ifExists', 'noClean', ...restoreDumpOptions],
    positional: 'file',
    exits: copyingExits,
    examples: [
      [
        'make restore-dump FILE=latest DB=shop TARGET_DB=shop_yesterday',
        'the newest dump of shop, under another name',
      ],
      ['make restore-dump FILE=… IF_EXISTS=replace', 'in the place of the database, after a question'],
      ['make restore-dump FILE=… TARGET_DB=part TABLES=orders', 'some tables, with what belongs to them'],
    ],
    async run(settings, context, resolved) {
      const { restoreDump } = await import('./operations/restore_dump.ts')
      return restoreDump(chooseRuntime(settings), resolved, context)
    },
    render: renderRestoreDump,
  }),
)
