import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { PhysicalMetadata } from '../catalog/metadata.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import { image, metadata } from '../test/helpers/samples.ts'
import {
  describeRestore,
  isFormer,
  ownTablespaces,
  parseTablespaceMapping,
  planRestore,
  type RestoreInput,
  type RestoreSource,
  restoreMisfit,
  unknownTablespaces,
} from './restore.ts'
import { stampOf } from './stamp.ts'

const sealed: PhysicalMetadata = { ...metadata, metadata_sha256: '' }
const source: RestoreSource = {
  id: metadata.id,
  format: 'tar',
  major: 17,
  totalBytes: 1000,
  files: 10,
  tablespaces: [],
  metadata: sealed,
}
const now = new Date('2026-02-01T08:09:10.123Z')

test('a stamp is UTC without punctuation', () => expect(stampOf(now)).toBe('20260201_080910'))

test('a former cluster is told from what lies beside one', () => {
  const names = ['', '.cluster.json', '-tablespaces', '.broken'].map(
    n => `pg.before-restore-20260201_080910${n}`,
  )
  expect([...names, 'pg', 'pg2.before-restore-20260201_080910'].map(n => isFormer('/d/pg', n))).toEqual([
    ...[true, false, false, false],
    ...[false, false],
  ])
})

describe('what does not fit', () => {
  const server = (changes: Partial<PhysicalMetadata['server']>): RestoreSource => ({
    ...source,
    metadata: { ...sealed, server: { ...sealed.server, ...changes } },
  })
  const useIt = 'Restore with the image that fits: make restore IMAGE=timescale/timescaledb-ha:pg17 …'
  const apache: Partial<ImageFacts> = { timescaledbEdition: 'apache' }
  const musl: Partial<ImageFacts> = { libc: 'musl', libcVersion: '1.2.5' }

  test.each<[string, RestoreSource, Partial<ImageFacts>, string | undefined]>([
    ['nothing', source, {}, undefined],
    ['another minor version fits', source, { version: '17.12' }, undefined],
    [
      'another major',
      source,
      { major: 16 },
      'The backup is of PostgreSQL 17, the image timescale/timescaledb-ha:pg17 is PostgreSQL 16.',
    ],
    [
      'another architecture',
      source,
      { architecture: 'aarch64' },
      'The backup is of a x86_64 server, the image timescale/timescaledb-ha:pg17 is for aarch64.',
    ],
    [
      'an unknown architecture may fit',
      server({ architecture: 'unknown' }),
      { architecture: 'aarch64' },
      undefined,
    ],
    [
      'another TimescaleDB',
      source,
      { timescaledb: ['2.20.0'] },
      'Database “shop” needs TimescaleDB 2.19.3, which the image timescale/timescaledb-ha:pg17 does not have.',
    ],
    ['one of several versions', source, { timescaledb: ['2.20.0', '2.19.3'] }, undefined],
    [
      'no TimescaleDB, and none is needed',
      server({ timescaledb: [] }),
      { timescaledb: [], timescaledbEdition: 'none' },
      undefined,
    ],
    [
      'the Apache edition for the full one',
      source,
      apache,
      'Database “shop” uses the full edition of TimescaleDB, the image timescale/timescaledb-ha:pg17 has the Apache edition.',
    ],
    [
      'the Apache edition for itself',
      server({ timescaledb: [{ database: 'shop', version: '2.19.3', edition: 'apache' }] }),
      apache,
      undefined,
    ],
    [
      'musl for glibc',
      source,
      musl,
      'The backup was made with glibc 2.41, the image timescale/timescaledb-ha:pg17 has musl 1.2.5.',
    ],
    [
      'another glibc',
      source,
      { libcVersion: '2.36' },
      'The backup was made with glibc 2.41, the image timescale/timescaledb-ha:pg17 has glibc 2.36.',
    ],
    ['any musl for musl', server({ libc: { kind: 'musl' } }), musl, undefined],
    [
      'glibc for musl',
      server({ libc: { kind: 'musl' } }),
      {},
      'The backup was made with musl, the image timescale/timescaledb-ha:pg17 has glibc 2.41.',
    ],
    ['an unknown libc may fit', server({ libc: { kind: 'unknown' } }), musl, undefined],
    ['an unknown glibc may fit', server({ libc: { kind: 'glibc' } }), {}, undefined],
  ])('%s', (_, from, changes, what) => {
    expect(restoreMisfit(from, { ...image, ...changes })?.what).toBe(what)
  })

  test('on this machine, the words are of installations', () => {
    const bin = '/usr/lib/postgresql/16/bin'
    const machine: ImageFacts = { ...image, place: 'machine', image: bin }
    const major = restoreMisfit(source, { ...machine, major: 16 })
    expect(major?.what).toBe(`The backup is of PostgreSQL 17, the installation ${bin} is PostgreSQL 16.`)
    expect(major?.hint).toMatch(
      /apt-get install postgresql-17.*RUNTIME=docker IMAGE=timescale\/timescaledb-ha:pg17/,
    )
    expect(restoreMisfit(source, { ...machine, ...musl })?.hint).toMatch(/like the one that made it/)
    const local = { ...metadata, server: { ...metadata.server, image: bin } }
    expect(
      restoreMisfit({ ...source, metadata: local as PhysicalMetadata }, { ...image, ...musl })?.hint,
    ).toContain('IMAGE=postgres:17')
  })

  test('the hint names the image that made it', () => {
    expect(restoreMisfit(source, { ...image, ...musl })?.hint).toBe(
      `${useIt}\nTo change images, dump and restore: docs/UPGRADE.md`,
    )
  })

  test('of somebody else’s backup only the major version is known', () => {
    const foreign: RestoreSource = { ...source, metadata: undefined }
    expect(restoreMisfit(foreign, { ...image, ...musl, ...apache, architecture: 'aarch64' })).toBeUndefined()
    expect(restoreMisfit(foreign, { ...image, major: 16 })?.hint).toContain('IMAGE=postgres:17')
  })
})

describe('where everything goes', () => {
  const input: RestoreInput = {
    kind: 'docker',
    source,
    image: 'postgres:17',
    target: '/data/pg',
    targetHoldsData: true,
    inPlace: false,
    tablespaceMap: new Map(),
    now,
  }

  test('beside the data, which is kept', () => {
    expect(planRestore(input)).toEqual({
      source,
      target: '/data/pg',
      staging: '/data/pg.restoring-20260201_080910',
      former: '/data/pg.before-restore-20260201_080910',
      inPlace: false,
      image: 'postgres:17',
      tablespaces: [],
    })
  })

  test('nothing is kept where nothing was', () => {
    expect(planRestore({ ...input, targetHoldsData: false })).toMatchObject({ former: undefined })
  })

  test('in place', () => {
    expect(planRestore({ ...input, inPlace: true })).toMatchObject({ staging: '/data/pg', former: undefined })
  })

  test('tablespaces get folders of their own, or those of TABLESPACE_MAP', () => {
    const tablespaces = [
      { oid: '16400', name: 'fast', location: '/ssd' },
      { oid: '16401', name: 'slow', location: '/hdd' },
      { oid: '16402', location: '/old/a=b' },
      { oid: '16403', name: 'other', location: '/other' },
    ]
    const tablespaceMap = new Map([
      ['16400', '/new/by oid'],
      ['slow', '/new/by name'],
      ['/old/a=b', '/new/by path'],
    ])
    expect(planRestore({ ...input, source: { ...source, tablespaces }, tablespaceMap }).tablespaces).toEqual([
      { oid: '16400', folder: '/new/by oid', seenAs: '/new/by oid', mapped: true },
      { oid: '16401', folder: '/new/by name', seenAs: '/new/by name', mapped: true },
      { oid: '16402', folder: '/new/by path', seenAs: '/new/by path', mapped: true },
      {
        oid: '16403',
        folder: '/data/pg-tablespaces/16403-20260201_080910',
        seenAs: '/var/lib/postgresql/tablespaces/16403-20260201_080910',
        mapped: false,
      },
    ])
  })

  test('what a person reads before saying yes', () => {
    const tablespaces = [{ oid: '16400', location: '/ssd' }]
    expect(
      describeRestore(planRestore({ ...input, source: { ...source, tablespaces } }), '1.0kB', true),
    ).toBe(
      [
        'Restore cluster_backup_20260131_120000 “before the upgrade” (1.0kB, PostgreSQL 17, saved 2026-01-31T12:00:00.000Z)',
        '  into     /data/pg',
        '  with     postgres:17',
        '  tablespace 16400 into /data/pg-tablespaces/16400-20260201_080910',
        '  what is there now is kept as pg.before-restore-20260201_080910',
        '  the running database is stopped for it and started again afterwards',
      ].join('\n'),
    )
    const foreign = { ...input, inPlace: true, source: { ...source, metadata: undefined } }
    expect(describeRestore(planRestore(foreign), '1.0kB', false)).toBe(
      [
        'Restore cluster_backup_20260131_120000 (1.0kB, PostgreSQL 17, not made by this toolkit)',
        '  into     /data/pg',
        '  with     postgres:17',
        '  WHAT IS THERE NOW IS DELETED FIRST (IN_PLACE=1)',
      ].join('\n'),
    )
  })
})

describe('TABLESPACE_MAP', () => {
  const parse = (text: string) => [...parseTablespaceMapping(text, path => resolve('/base', path))]
  test.each<[string, [string, string][]]>([
    ['16400=/new', [['16400', '/new']]],
    [
      '16400=new, /old/path=../x ,',
      [
        ['16400', '/base/new'],
        ['/old/path', '/x'],
      ],
    ],
    ['16400=/disk/a=b', [['16400', '/disk/a=b']]],
    [
      '16400=/disk/a\\,b,16401=/c',
      [
        ['16400', '/disk/a,b'],
        ['16401', '/c'],
      ],
    ],
    ['/old/a\\=b=/new', [['/old/a=b', '/new']]],
    ['fast = /new folder', [['fast', '/new folder']]],
    ['16400=/back\\slash', [['16400', '/back\\slash']]],
    ['', []],
  ])('%j', (text, pairs) => expect(parse(text)).toEqual(pairs))

  test.each(['16400', '=/new', '16400=', '16400=/a,b', 'a\\=b'])('%j is refused', text => {
    expect(() => parse(text)).toThrow('is not <oid or old path>=<folder>')
  })
})

describe('the tablespaces of a cluster that go with it', () => {
  const at = (...locations: string[]) => ({ tablespaces: locations.map(location => ({ location })) })
  const own = '/var/lib/postgresql/tablespaces'
  test.each<[string, ReturnType<typeof at>, ReturnType<typeof at>[], string[]]>([
    ['those in our own folder', at(`${own}/16400-a`, `${own}/16401-a`), [], ['16400-a', '16401-a']],
    ['not those elsewhere', at('/ssd', `${own}x/1`, own), [], []],
    ['not what another cluster uses', at(`${own}/1`, `${own}/2`), [at(`${own}/1`), at('/ssd')], ['2']],
    ['not what holds another one’s', at(`${own}/1`), [at(`${own}/1/below`)], []],
    ['a name that begins alike is another', at(`${own}/1`), [at(`${own}/10`)], ['1']],
    ['not what leaves the folder', at(`${own}/../data`, `${own}/a/../../b`), [], []],
  ])('%s', (_, cluster, others, names) => expect(ownTablespaces(own, cluster, others)).toEqual(names))
})

test('a tablespace that the backup does not have is named', () => {
  const tablespaces = [{ oid: '16400', name: 'fast', location: '/ssd' }]
  const map = new Map(['16400', 'fast', '/ssd', '/sdd'].map(key => [key, '/new']))
  expect(unknownTablespaces({ ...source, tablespaces }, map)).toEqual(['/sdd'])
})
