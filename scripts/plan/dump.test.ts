import { describe, expect, test } from 'vitest'
import { type DumpInput, planDump } from './dump.ts'

const settings: DumpInput['settings'] = {
  dumpFormat: 'custom',
  jobs: 3,
  compress: undefined,
  backupCompression: { algorithm: 'zstd', level: 3 },
  only: undefined,
  noOwner: false,
  noAcl: false,
  noTablespaces: false,
  globals: false,
  environment: 'dev',
  lockTimeout: 30,
}
const algorithms = ['zstd', 'lz4', 'gzip']
const client: DumpInput['client'] = {
  major: 17,
  version: '17.11',
  clientCompression: algorithms,
  tools: algorithms,
}
const old: DumpInput['client'] = { ...client, major: 15, version: '15.18' }
const dir = "/srv/it's, here"
const id = 'shop_dev_2026-01-31T23-59-58Z'

type Changes = {
  settings?: Partial<DumpInput['settings']>
  client?: DumpInput['client']
  server?: DumpInput['server']
  selection?: Partial<DumpInput['selection']>
}
const plan = (changes: Changes = {}) =>
  planDump({
    settings: { ...settings, ...changes.settings },
    database: 'shop',
    server: changes.server ?? { major: 17, version: '17.11' },
    client: changes.client ?? client,
    selection: { tables: [], excludeTables: [], schemas: [], ...changes.selection },
    now: new Date('2026-01-31T23:59:58.999Z'),
    backupsDir: dir,
  })

const argvOf = (format: string, file: string, ...options: string[]): string[] => [
  'pg_dump',
  `--format=${format}`,
  `--file=${dir}/${file}.partial`,
  ...options,
  '--no-password',
]
const wait = '--lock-wait-timeout=30s'

describe('the command line', () => {
  test('of an ordinary dump', () => {
    expect(plan()).toEqual({
      id,
      format: 'custom',
      compression: { algorithm: 'zstd', level: 3 },
      file: `${id}.dump`,
      rolesFile: null,
      argv: argvOf('custom', `${id}.dump`, '--compress=zstd:3', wait),
      rolesArgv: null,
      notes: [],
    })
  })

  test.each<[string, Changes, string[]]>([
    [
      'a directory is written by several connections',
      { settings: { dumpFormat: 'directory' } },
      argvOf('directory', `${id}.dump`, '--compress=zstd:3', '--jobs=3', wait),
    ],
    [
      'plain SQL is not compressed',
      { settings: { dumpFormat: 'plain' } },
      argvOf('plain', `${id}.sql`, '--compress=0', wait),
    ],
    [
      'unless somebody says so',
      { settings: { dumpFormat: 'plain', compress: { algorithm: 'lz4' } } },
      argvOf('plain', `${id}.sql.lz4`, '--compress=lz4', wait),
    ],
    [
      'no compression',
      { settings: { compress: { algorithm: 'none' } } },
      argvOf('custom', `${id}.dump`, '--compress=0', wait),
    ],
    [
      'gzip of an old pg_dump, by its level alone',
      {
        client: old,
        server: { major: 15, version: '15.18' },
        settings: { compress: { algorithm: 'gzip', level: 9 } },
      },
      argvOf('custom', `${id}.dump`, '--compress=9', wait),
    ],
    [
      'gzip of an old pg_dump, without a level',
      { client: old, server: { major: 15, version: '15.18' }, settings: { compress: { algorithm: 'gzip' } } },
      argvOf('custom', `${id}.dump`, '--compress=6', wait),
    ],
    [
      'how long a lock is waited for',
      { settings: { lockTimeout: 1 } },
      argvOf('custom', `${id}.dump`, '--compress=zstd:3', '--lock-wait-timeout=1s'),
    ],
    [
      'definitions alone',
      { settings: { only: 'schema', noAcl: true, noTablespaces: true } },
      argvOf(
        'custom',
        `${id}.dump`,
        '--compress=zstd:3',
        wait,
        '--schema-only',
        '--no-privileges',
        '--no-tablespaces',
      ),
    ],
    [
      'rows alone, of some tables',
      {
        settings: { only: 'data' },
        selection: {
          tables: ['public.orders', '"S, 1"."x;y"'],
          excludeTables: ['public.logs'],
          schemas: ['"s"'],
        },
      },
      argvOf(
        'custom',
        `${id}.dump`,
        '--compress=zstd:3',
        wait,
        '--data-only',
        '--table=public.orders',
        '--table="S, 1"."x;y"',
        '--exclude-table=public.logs',
        '--schema="s"',
      ),
    ],
    [
      'plain SQL without owners',
      { settings: { dumpFormat: 'plain', noOwner: true } },
      argvOf('plain', `${id}.sql`, '--compress=0', wait, '--no-owner'),
    ],
  ])('%s', (_, changes, argv) => {
    expect(plan(changes).argv).toEqual(argv)
    expect(plan(changes).notes).toEqual([])
  })

  test('of the roles', () => {
    expect(plan({ settings: { globals: true } })).toMatchObject({
      rolesFile: `${id}.roles.sql`,
      rolesArgv: ['pg_dumpall', '--globals-only', `--file=${dir}/${id}.roles.sql.partial`, '--no-password'],
    })
  })
})

describe('what is not done as it was asked for is said', () => {
  test.each<[string, Changes, string[], RegExp]>([
    [
      'an old pg_dump has gzip alone',
      { client: old, server: { major: 15, version: '15.18' } },
      argvOf('custom', `${id}.dump`, '--compress=6', wait),
      /^Compressing with gzip: pg_dump 15 has no zstd\./,
    ],
    [
      'a pg_dump that was built without it',
      { client: { ...client, clientCompression: ['gzip'] } },
      argvOf('custom', `${id}.dump`, '--compress=gzip:6', wait),
      /^Compressing with gzip: this pg_dump was built with no zstd\./,
    ],
    [
      'SQL that nothing could read through',
      {
        client: { ...client, tools: ['gzip'] },
        settings: { dumpFormat: 'plain', compress: { algorithm: 'zstd', level: 3 } },
      },
      argvOf('plain', `${id}.sql.gz`, '--compress=gzip:6', wait),
      /^Compressing with gzip: beside pg_dump there is no program zstd/,
    ],
    [
      'an older server',
      { server: { major: 15, version: '15.18' } },
      argvOf('custom', `${id}.dump`, '--compress=zstd:3', wait),
      /^pg_dump is 17\.11 and the server 15\.18: the dump restores into PostgreSQL 17 and newer\.$/,
    ],
    [
      'owners are left out when it is restored',
      { settings: { noOwner: true } },
      argvOf('custom', `${id}.dump`, '--compress=zstd:3', wait),
      /^NO_OWNER counts when it is restored/,
    ],
  ])('%s', (_, changes, argv, note) => {
    const { argv: made, notes } = plan(changes)
    expect(made).toEqual(argv)
    expect(notes).toEqual([expect.stringMatching(note)])
  })

  test('archives need no program: pg_restore reads them itself', () => {
    expect(plan({ client: { ...client, tools: [] } }).notes).toEqual([])
  })
})
