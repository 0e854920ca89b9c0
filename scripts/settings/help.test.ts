import { describe, expect, test } from 'vitest'
import { flagName } from './arguments.ts'
import type { Command } from './command.ts'
import { commandHelp, defaultText, entryHelp } from './help.ts'
import { type OptionName, optionNames } from './options.ts'

const command = (details: Partial<Command> = {}): Command => ({
  name: 'restore',
  summary: 'Restores a backup.',
  options: ['host', 'password', 'backupDir', 'force'],
  exits: ['verification', 'connection'],
  run: async () => undefined,
  ...details,
})

test('the help of a command', () => {
  const help = commandHelp('restore_docker.ts', 'restore_docker.ts', {
    ...command({ positional: 'backupDir' }),
    examples: [['make restore BACKUP_DIR=latest', 'the newest']],
  })
  expect(help.split('\n\n')).toEqual([
    'Restores a backup.',
    'Usage: npx tsx scripts/restore_docker.ts [<backup-dir>] [flags]',
    [
      'Answers of this run:',
      '  --backup-dir <name|path>  One backup: its id, a folder, or latest. [make: BACKUP_DIR=]',
      '  --yes                     Do not ask. [make: FORCE=]',
    ].join('\n'),
    [
      'Settings (flag > environment > db/.env > default):',
      '  --host <text>           The server: a name, an address, or the folder of a Unix socket. Default: localhost. [PGHOST, POSTGRES_HOST]',
      '  --password-file <file>  Its password. Better: PGPASSWORD_FILE, or a .pgpass file; asked for at a terminal where none is set. [PGPASSWORD, POSTGRES_PASSWORD]',
    ].join('\n'),
    expect.stringMatching(/^Always:\n {2}--help .*\n {2}--json /),
    'Examples (from db/):\n  make restore BACKUP_DIR=latest  the newest',
    [
      'Exit codes:',
      '  0  success',
      '  1  cannot connect, or a permission is missing (for example REPLICATION), on the server or a storage',
      '  3  verification failed: the backup or the restored data is not what it should be\n',
    ].join('\n'),
  ])
})

test('a command without settings or answers has no such heading', () => {
  const help = commandHelp('x.ts', 'x.ts', command({ options: [] }))
  expect(help).not.toMatch(/Answers|Settings|Examples/)
})

test('a verb stands in the usage line', () => {
  expect(commandHelp('database.ts', 'database.ts start', command())).toContain(
    'Usage: npx tsx scripts/database.ts start [flags]',
  )
})

test('every option has a line', () => {
  const help = commandHelp('x.ts', 'x.ts', command({ options: optionNames }))
  for (const name of optionNames)
    expect(help).toMatch(new RegExp(`^ {2}${flagName(name)}( <[^>]+>)?( |$)`, 'm'))
})

describe('how a default reads', () => {
  test.each<[OptionName, string | undefined]>([
    ['host', 'localhost'],
    ['port', '8094 for our own local database, 5432 as soon as PGHOST is set'],
    ['compressWorkers', 'one for each core, 4 at the most'],
    ['backupCompression', 'zstd:3'],
    ['dryRun', undefined],
    ['password', undefined],
    ['label', undefined],
  ])('%s', (name, text) => expect(defaultText(name)).toBe(text))
})

test('a script with verbs lists them', () => {
  const verbs = [
    command({ name: 'start', summary: 'Starts it.' }),
    command({ name: 'stop', summary: 'Stops it.' }),
  ]
  expect(entryHelp('database.ts', 'Our database.', verbs)).toBe(
    [
      'Our database.',
      '',
      'Usage: npx tsx scripts/database.ts <verb> [flags]',
      '',
      '  start  Starts it.',
      '  stop   Stops it.',
      '',
      '<verb> --help says more.',
      '',
    ].join('\n'),
  )
})
