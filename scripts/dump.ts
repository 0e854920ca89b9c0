#!/usr/bin/env -S npx tsx
import { dumpOptions, renderDump } from './operations/dump_words.ts'
import { copyingExits } from './operations/exits.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runCommand } from './settings/command.ts'

await runCommand(
  'dump.ts',
  command({
    name: 'dump',
    summary: 'Dumps one database with pg_dump, and reads the dump through.',
    options: dumpOptions,
    exits: copyingExits,
    examples: [
      ['make dump DB=shop', 'the whole database, in one file'],
      ['make dump DB=shop FORMAT=directory JOBS=4', 'in parallel, for large ones'],
      ['make dump DB=shop TABLES=orders,customers', 'some of its tables'],
      ['make dump DB=shop GLOBALS=1', 'with the roles of the cluster beside it'],
      ['make dump DB=shop FORMAT=plain', 'as SQL that can be read'],
    ],
    async run(settings, context, resolved) {
      const { dumpDatabase } = await import('./operations/dump.ts')
      return dumpDatabase(chooseRuntime(settings), resolved, context)
    },
    render: renderDump,
  }),
)
