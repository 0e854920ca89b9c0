import { describe, expect, test } from 'vitest'
import type { ClusterRecord } from '../postgres/cluster_record.ts'
import type { DataDirectory } from '../postgres/data_directory.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import { image } from '../test/helpers/samples.ts'
import { misfit, planServer, type ServerFactsForPlan, serverConfiguration } from './server.ts'

const cluster: DataDirectory = {
  state: 'cluster',
  major: 17,
  unfinished: false,
  hasConfiguration: true,
  recoverySignal: false,
  backupLabel: false,
  tablespaces: [],
}
const record: ClusterRecord = {
  image: image.image,
  image_id: image.id,
  image_digest: 'sha256:abcd',
  postgresql_version: '17.11',
  libc: 'glibc',
  libc_version: '2.41',
  timescaledb_edition: 'tsl',
  runtime: 'docker',
}
const facts: ServerFactsForPlan = {
  kind: 'docker',
  settings: {
    container: 'timescaledb-local',
    dataDir: '/srv/pg data',
    port: 8094,
    shmSize: '1g',
    user: 'postgres',
    database: 'shop',
  },
  image,
  dataDirectory: cluster,
  record: undefined,
  network: 'host',
  configuration: 'work_mem = 8MB\n',
  holdJobs: false,
}
const options = (argv: readonly string[]) => argv.filter(word => word !== '-c' && word !== 'postgres')
const withFacts = (changes: Partial<ServerFactsForPlan>) => planServer({ ...facts, ...changes })

describe('the container', () => {
  test('of a cluster that is there', () => {
    expect(planServer(facts)).toEqual({
      container: 'timescaledb-local',
      image: 'timescale/timescaledb-ha:pg17',
      mounts: [
        { source: '/srv/pg data', target: '/home/postgres/pgdata/data', mode: 'rw' },
        { source: '/srv/pg data-run', target: '/etc/timescaledb-toolkit', mode: 'ro' },
        { source: '/srv/pg data-log', target: '/var/log/timescaledb-toolkit', mode: 'rw' },
        { source: '/srv/pg data-tablespaces', target: '/var/lib/postgresql/tablespaces', mode: 'rw' },
      ],
      env: { PGDATA: '/home/postgres/pgdata/data' },
      network: 'host',
      port: 8094,
      shmSize: '1g',
      dataDir: '/srv/pg data',
      argv: [
        'postgres',
        ...['-c', 'config_file=/etc/timescaledb-toolkit/postgresql.conf'],
        ...['-c', 'hba_file=/etc/timescaledb-toolkit/pg_hba.conf'],
        ...['-c', 'log_directory=/var/log/timescaledb-toolkit'],
        ...['-c', 'listen_addresses=127.0.0.1'],
        ...['-c', 'port=8094'],
      ],
    })
  })

  test('of a new cluster gets its first password as a file', () => {
    const { mounts, env } = withFacts({ passwordFile: '/srv/run/password' })
    expect(mounts.at(-1)).toEqual({
      source: '/srv/run/password',
      target: '/run/secrets/timescaledb-toolkit-password',
      mode: 'ro',
    })
    expect(env).toEqual({
      PGDATA: '/home/postgres/pgdata/data',
      POSTGRES_USER: 'postgres',
      POSTGRES_DB: 'shop',
      POSTGRES_PASSWORD_FILE: '/run/secrets/timescaledb-toolkit-password',
      POSTGRES_INITDB_ARGS: '--data-checksums --auth-host=scram-sha-256',
    })
  })

  test('in a network of its own listens to what is published', () => {
    const plan = withFacts({ network: 'bridge' })
    expect([plan.network, options(plan.argv)]).toEqual([
      'bridge',
      expect.arrayContaining(['listen_addresses=*']),
    ])
  })

  test('sees mapped tablespaces at the path that the cluster knows', () => {
    const tablespaces = [{ oid: '16400', source: '/ssd', target: '/ssd' }]
    expect(withFacts({ record: { ...record, tablespaces } }).mounts.at(-1)).toEqual({
      source: '/ssd',
      target: '/ssd',
      mode: 'rw',
    })
  })
})

describe('archive recovery', () => {
  const control = {
    systemIdentifier: '7710334250025844775',
    state: 'in production',
    timeline: 1,
    redoWalFile: '000000010000000000000003',
    dataChecksums: true,
    minimums: { max_connections: 500, max_wal_senders: 3, max_locks_per_transaction: 128 },
  }
  const waiting = { ...cluster, recoverySignal: true, control }

  test('is never below what the saved server had', () => {
    expect(options(withFacts({ dataDirectory: waiting }).argv).slice(5)).toEqual([
      'max_connections=500',
      'max_wal_senders=10',
      'max_locks_per_transaction=128',
      'restore_command=false',
    ])
  })

  test('more senders than ours stay', () => {
    const more = { ...waiting, control: { ...control, minimums: { max_wal_senders: 40 } } }
    expect(options(withFacts({ dataDirectory: more }).argv)).toContain('max_wal_senders=40')
  })

  test('even where the control file cannot be read, it is recovery', () => {
    const { control: _, ...unread } = waiting
    expect(options(withFacts({ dataDirectory: unread }).argv).slice(5)).toEqual([
      'max_wal_senders=10',
      'restore_command=false',
    ])
  })

  test('is over without its signal', () => {
    expect(options(withFacts({ dataDirectory: { ...waiting, recoverySignal: false } }).argv)).toHaveLength(5)
  })
})

describe('after a restore', () => {
  const restored: ClusterRecord = { ...record, restored_from: 'cluster_backup_20260131_120000' }
  test.each<[string, Partial<ServerFactsForPlan>, string[]]>([
    ['the archive of the other server is left alone', { record: restored }, ['archive_mode=off']],
    ['unless the user wants one', { record: restored, configuration: ' archive_mode = on\n' }, []],
    [
      'a comment is no wish',
      { record: restored, configuration: '# archive_mode = on\n' },
      ['archive_mode=off'],
    ],
    ['a cluster that was not restored archives as it likes', { record }, []],
    ['jobs are held', { holdJobs: true }, ['timescaledb.max_background_workers=0']],
    ['there are none without TimescaleDB', { holdJobs: true, image: { ...image, timescaledb: [] } }, []],
  ])('%s', (_, changes, more) => expect(options(withFacts(changes).argv).slice(5)).toEqual(more))
})

test('what was salvaged is for reading: no jobs, no vacuum, no writing, no archive', () => {
  const salvaged = { ...record, salvaged_at: '2026-01-31T12:00:00Z' }
  const { argv } = withFacts({ record: salvaged, configuration: 'archive_mode = on' })
  expect(options(argv).slice(5)).toEqual([
    'archive_mode=off',
    'autovacuum=off',
    'default_transaction_read_only=on',
    'timescaledb.max_background_workers=0',
  ])
})

describe('the configuration file', () => {
  test('the cluster’s own, then ours, then the user’s', () => {
    expect(serverConfiguration(facts).split('\n')).toEqual([
      '# Written by make start; change db/config/postgres/postgresql.conf instead.',
      "include_if_exists '/home/postgres/pgdata/data/postgresql.conf'",
      '# Which blocks changed: makes incremental backups possible.',
      'summarize_wal = on',
      '',
      'work_mem = 8MB',
      '',
    ])
  })

  test.each<[string, Partial<ServerFactsForPlan>, boolean]>([
    [
      'TimescaleDB is loaded where the cluster came without one',
      { dataDirectory: { ...cluster, hasConfiguration: false } },
      true,
    ],
    [
      'not for a cluster that is about to be made',
      { dataDirectory: { ...cluster, state: 'empty', hasConfiguration: false } },
      false,
    ],
    [
      'not by an image that has none',
      { dataDirectory: { ...cluster, hasConfiguration: false }, image: { ...image, timescaledb: [] } },
      false,
    ],
  ])('%s', (_, changes, loaded) => {
    expect(
      serverConfiguration({ ...facts, ...changes }).includes("shared_preload_libraries = 'timescaledb'"),
    ).toBe(loaded)
  })

  test('no summaries of WAL before 17', () => {
    expect(serverConfiguration({ ...facts, image: { ...image, major: 16 } })).not.toContain('summarize_wal')
  })
})

describe('what must not open a data directory', () => {
  const musl: Partial<ImageFacts> = { libc: 'musl', libcVersion: '1.2.5' }
  const muslRecord: ClusterRecord = { ...record, libc: 'musl', libc_version: '1.2.4' }
  test.each<
    [string, Partial<ImageFacts>, Partial<DataDirectory>, ClusterRecord | undefined, RegExp | undefined]
  >([
    ['what made it may', {}, {}, record, undefined],
    ['another minor version may', { version: '17.12' }, {}, record, undefined],
    ['anything may make one', { major: 18 }, { state: 'empty' }, undefined, undefined],
    ['another major', { major: 18 }, {}, record, /belongs to PostgreSQL 17, the image .* is PostgreSQL 18/],
    [
      'another major, of a directory that somebody else made',
      { major: 18 },
      {},
      undefined,
      /belongs to PostgreSQL 17/,
    ],
    ['nobody knows the libc of such a directory', musl, {}, undefined, undefined],
    [
      'another glibc',
      { libcVersion: '2.36' },
      {},
      record,
      /made with glibc 2\.41, the image .* has glibc 2\.36/,
    ],
    ['musl for glibc', musl, {}, record, /made with glibc 2\.41, the image .* has musl 1\.2\.5/],
    ['another musl may', musl, {}, muslRecord, undefined],
    [
      'the Apache edition for the full one',
      { timescaledbEdition: 'apache' },
      {},
      record,
      /made with the tsl edition .* has the apache edition/,
    ],
    [
      'none for the full edition',
      { timescaledbEdition: 'none' },
      {},
      record,
      /made with the tsl edition .* has none/,
    ],
    ['TimescaleDB for a cluster without it', {}, {}, { ...record, timescaledb_edition: 'none' }, undefined],
  ])('%s', (_, changes, directory, known, what) => {
    const found = misfit(
      { ...image, ...changes },
      { ...cluster, ...directory },
      known,
      '/srv/pg',
      'docker',
    )?.what
    if (what === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(what)
  })

  test('the hint names the image by its digest', () => {
    expect(misfit({ ...image, ...musl }, cluster, record, '/srv/pg', 'docker')?.hint).toContain(
      'IMAGE=timescale/timescaledb-ha:pg17@sha256:abcd',
    )
  })
})
