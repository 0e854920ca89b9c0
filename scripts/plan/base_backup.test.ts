import { describe, expect, test } from 'vitest'
import type { Compression } from '../settings/compression.ts'
import { type BaseBackupInput, backupId, describeCompression, planBaseBackup } from './base_backup.ts'

const settings: BaseBackupInput['settings'] = {
  format: 'tar',
  compress: undefined,
  backupCompression: { algorithm: 'zstd', level: 3 },
  compressAt: 'auto',
  compressWorkers: 4,
  checkpoint: 'fast',
  maxRate: undefined,
  label: undefined,
  host: 'localhost',
}
const server: BaseBackupInput['server'] = {
  major: 17,
  version: '17.11',
  compression: ['gzip', 'zstd', 'lz4'],
  tablespaces: [],
}
const algorithms = ['zstd', 'lz4', 'gzip']
const client: BaseBackupInput['client'] = { major: 17, clientCompression: algorithms, tools: algorithms }
const now = new Date('2026-01-31T23:59:58.999Z')

type Changes = {
  settings?: Partial<BaseBackupInput['settings']>
  server?: Partial<BaseBackupInput['server']>
  client?: Partial<BaseBackupInput['client']>
}
const plan = (changes: Changes = {}) =>
  planBaseBackup({
    settings: { ...settings, ...changes.settings },
    server: { ...server, ...changes.server },
    client: { ...client, ...changes.client },
    now,
    backupsDir: "/srv/it's, here",
  })

test('a backup is named after its moment, in UTC', () => {
  expect(backupId(now)).toBe('cluster_backup_20260131_235958')
  expect(backupId(new Date('2026-02-01T00:30:00+02:00'))).toBe('cluster_backup_20260131_223000')
})

describe('the command line', () => {
  test('of an ordinary backup', () => {
    expect(plan()).toEqual({
      id: 'cluster_backup_20260131_235958',
      partial: "/srv/it's, here/cluster_backup_20260131_235958.partial",
      folder: "/srv/it's, here/cluster_backup_20260131_235958",
      compression: { algorithm: 'zstd', level: 3 },
      compressAt: 'server',
      tablespaceFolders: [],
      archives: [{ name: 'base.tar.zst', role: 'base' }],
      notes: [],
      argv: [
        'pg_basebackup',
        "--pgdata=/srv/it's, here/cluster_backup_20260131_235958.partial",
        '--format=tar',
        '--wal-method=stream',
        '--manifest-checksums=SHA256',
        '--checkpoint=fast',
        '--label=cluster_backup_20260131_235958',
        '--progress',
        '--compress=server-zstd:level=3,workers=4',
        '--no-password',
      ],
    })
  })

  test('with answers', () => {
    const answers = {
      label: 'before the upgrade',
      maxRate: '10M',
      checkpoint: 'spread' as const,
      compressWorkers: 0,
    }
    expect(plan({ settings: { ...answers, compress: { algorithm: 'zstd', level: 9 } } }).argv).toEqual([
      'pg_basebackup',
      "--pgdata=/srv/it's, here/cluster_backup_20260131_235958.partial",
      '--format=tar',
      '--wal-method=stream',
      '--manifest-checksums=SHA256',
      '--checkpoint=spread',
      '--label=before the upgrade',
      '--progress',
      '--compress=server-zstd:level=9',
      '--max-rate=10M',
      '--no-password',
    ])
  })

  test('a tablespace whose path is too long for its link is saved in tar format only', () => {
    const long = { oid: '16400', name: 'fast', location: `/${'ü'.repeat(50)}` }
    const server = { tablespaces: [long] }
    expect(() => plan({ settings: { format: 'plain' }, server })).toThrow('too long for FORMAT=plain')
    expect(plan({ server }).archives).toHaveLength(2)
  })

  test('of plain files, with tablespaces', () => {
    const tablespaces = [
      { oid: '16400', name: 'fast', location: '/ssd/pg' },
      { oid: '16401', name: 'odd', location: '/disk/a=b\\' },
    ]
    const partial = "/srv/it's, here/cluster_backup_20260131_235958.partial"
    expect(plan({ settings: { format: 'plain' }, server: { tablespaces } })).toMatchObject({
      compression: { algorithm: 'none' },
      compressAt: 'nowhere',
      archives: [],
      notes: [],
      tablespaceFolders: [
        { oid: '16400', folder: `${partial}/tablespaces/16400` },
        { oid: '16401', folder: `${partial}/tablespaces/16401` },
      ],
      argv: [
        'pg_basebackup',
        `--pgdata=${partial}/data`,
        '--format=plain',
        '--wal-method=stream',
        '--manifest-checksums=SHA256',
        '--checkpoint=fast',
        '--label=cluster_backup_20260131_235958',
        '--progress',
        '--compress=none',
        `--tablespace-mapping=/ssd/pg=${partial}/tablespaces/16400`,
        `--tablespace-mapping=/disk/a\\=b\\/=${partial}/tablespaces/16401`,
        '--no-password',
      ],
    })
  })

  test('tablespaces in tar format stay archives of their own', () => {
    const tablespaces = [{ oid: '16400', name: 'fast', location: '/ssd/pg' }]
    const { argv, tablespaceFolders, archives } = plan({ server: { tablespaces } })
    expect([argv.filter(a => a.includes('tablespace')), tablespaceFolders]).toEqual([[], []])
    expect(archives).toEqual([
      { name: '16400.tar.zst', role: 'tablespace', oid: '16400' },
      { name: 'base.tar.zst', role: 'base' },
    ])
  })
})

describe('where and how to compress', () => {
  const zstd: Compression = { algorithm: 'zstd', level: 3 }
  const lz4: Compression = { algorithm: 'lz4' }
  const gzip: Compression = { algorithm: 'gzip', level: 6 }
  const old = { major: 14, version: '14.20', compression: ['gzip'] }
  const onGzipOnly = 'Compressing with gzip: neither side has zstd. It is slower and larger.'

  test.each<[string, Changes, string[], string[]]>([
    [
      'here, when the server is elsewhere',
      { settings: { host: 'db' } },
      ['--compress=client-zstd:level=3,workers=4'],
      [],
    ],
    [
      'on this machine by address',
      { settings: { host: '::1' } },
      ['--compress=server-zstd:level=3,workers=4'],
      [],
    ],
    [
      'on this machine by socket',
      { settings: { host: '/run/pg' } },
      ['--compress=server-zstd:level=3,workers=4'],
      [],
    ],
    [
      'where COMPRESS_AT says',
      { settings: { compressAt: 'client', compress: lz4 } },
      ['--compress=client-lz4'],
      [],
    ],
    [
      'on a slow link',
      { settings: { host: 'db', compressAt: 'server', compress: gzip } },
      ['--compress=server-gzip:level=6'],
      [],
    ],
    ['not at all', { settings: { compress: { algorithm: 'none' } } }, ['--compress=none'], []],
    ['COMPRESS before BACKUP_COMPRESSION', { settings: { compress: lz4 } }, ['--compress=server-lz4'], []],
    [
      'here, where the server cannot',
      { server: { compression: ['gzip'] } },
      ['--compress=client-zstd:level=3,workers=4'],
      ['Compressing on the client: the server (PostgreSQL 17.11) has no zstd.'],
    ],
    [
      'there, where we cannot',
      { settings: { host: 'db' }, client: { clientCompression: ['gzip'] } },
      ['--compress=server-zstd:level=3,workers=4'],
      ['Compressing on the server: the client (PostgreSQL 17) has no zstd.'],
    ],
    [
      'with gzip, where neither can',
      { server: { compression: ['gzip'] }, client: { clientCompression: ['gzip'] } },
      ['--compress=server-gzip:level=6'],
      [onGzipOnly],
    ],
    [
      'with gzip, where nothing is installed that could read the backup again',
      { client: { tools: ['gzip'] } },
      ['--compress=server-gzip:level=6'],
      ['Compressing with gzip: the program zstd, which would read the backup again, is not installed here.'],
    ],
    [
      'here, for a server before 15',
      { server: old },
      ['--compress=client-zstd:level=3,workers=4'],
      ['Compressing on the client: the server (PostgreSQL 14.20) has no zstd.'],
    ],
    [
      'gzip too, for a server before 15',
      { settings: { compress: gzip }, server: old },
      ['--compress=client-gzip:level=6'],
      ['Compressing on the client: the server (PostgreSQL 14.20) has no gzip.'],
    ],
    [
      'with a bare level, by a program before 15',
      { server: old, client: { major: 14 } },
      ['--compress=6'],
      [onGzipOnly],
    ],
    [
      'with gzip’s own level, by a program before 15',
      {
        settings: { host: 'db', compress: { algorithm: 'gzip', level: 9 } },
        server: old,
        client: { major: 14 },
      },
      ['--compress=9'],
      [],
    ],
    [
      'none by a program before 15',
      { settings: { compress: { algorithm: 'none' } }, server: old, client: { major: 14 } },
      [],
      [],
    ],
    [
      'plain files never, and it says so',
      { settings: { format: 'plain', compress: zstd } },
      ['--compress=none'],
      ['FORMAT=plain is never compressed.'],
    ],
  ])('%s', (_, changes, flags, notes) => {
    const planned = plan(changes)
    expect(planned.argv.filter(a => a.startsWith('--compress'))).toEqual(flags)
    expect(planned.notes).toEqual(notes)
  })
})

test.each<[Compression, string]>([
  [{ algorithm: 'zstd', level: 3 }, 'base.tar.zst'],
  [{ algorithm: 'lz4' }, 'base.tar.lz4'],
  [{ algorithm: 'gzip', level: 6 }, 'base.tar.gz'],
  [{ algorithm: 'none' }, 'base.tar'],
])('an archive that is compressed with %j is called %s', (compress, name) => {
  expect(plan({ settings: { compress } }).archives).toEqual([{ name, role: 'base' }])
})

test.each<[Parameters<typeof describeCompression>[0], string]>([
  [{ compression: { algorithm: 'zstd', level: 3 }, compressAt: 'server' }, 'zstd:3 on the server'],
  [{ compression: { algorithm: 'lz4' }, compressAt: 'client' }, 'lz4 on the client'],
  [{ compression: { algorithm: 'none' }, compressAt: 'nowhere' }, 'no compression'],
])('%j reads %s', (planned, text) => expect(describeCompression(planned)).toBe(text))
