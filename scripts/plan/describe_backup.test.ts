import { describe, expect, test } from 'vitest'
import { openMetadata, sealMetadata } from '../catalog/metadata.ts'
import { image, metadata } from '../test/helpers/samples.ts'
import { type BackupFacts, describeBackup } from './describe_backup.ts'

const facts: BackupFacts = {
  plan: {
    id: metadata.id,
    partial: '/b/x.partial',
    folder: '/b/x',
    compression: { algorithm: 'zstd', level: 3 },
    compressAt: 'server',
    archives: [],
    tablespaceFolders: [],
    notes: [],
    argv: [],
  },
  settings: { label: 'before the upgrade', environment: 'dev', format: 'tar' },
  server: {
    version: '17.11',
    versionText: metadata.server.version_text,
    major: 17,
    architecture: 'x86_64',
    libc: { kind: 'glibc', version: '2.41' },
    systemIdentifier: metadata.server.system_identifier,
    timeline: 1,
    inRecovery: false,
    dataChecksums: true,
    encoding: 'UTF8',
    collation: { provider: 'libc', name: 'en_US.utf8', version: '2.41' },
    walSegmentBytes: 16777216,
    walSenders: { max: 10, used: 0 },
    compression: ['gzip', 'zstd'],
    summarizeWal: true,
    tablespaces: [],
    databases: [],
    timescaledb: [{ database: 'shop', version: '2.19.3', edition: 'tsl' }],
  },
  image: { ...image, digest: undefined },
  origin: { ...image, digest: undefined },
  manifest: {
    files: new Map(
      Array.from({ length: 1170 }, (_, i) => [`${i}`, { bytes: 1, algorithm: 'SHA256', checksum: '' }]),
    ),
    totalBytes: 26403907,
    walRanges: [{ timeline: 1, startLsn: '0/2000028', endLsn: '0/2000120' }],
    systemIdentifier: metadata.server.system_identifier,
  },
  files: metadata.files,
  checksum: metadata.checksum_sha256,
  startedAt: new Date('2026-01-31T12:00:00.000Z'),
  orderedAt: new Date('2026-01-31T12:00:00.000Z'),
  now: new Date('2026-01-31T12:00:03.000Z'),
  seconds: 3,
}

describe('what metadata.json says', () => {
  test('all of it, in a shape that reads back', () => {
    expect(describeBackup(facts)).toEqual(metadata)
    expect(openMetadata(sealMetadata(describeBackup(facts)))).toMatchObject(metadata)
  })

  test.each<[string, Partial<BackupFacts>, object]>([
    ['no label', { settings: { ...facts.settings, label: undefined } }, { label: null }],
    [
      'plain files are as large as the cluster',
      { settings: { ...facts.settings, format: 'plain' } },
      { backup_size_bytes: 26403907 },
    ],
    ['milliseconds', { seconds: 0.7861 }, { duration_seconds: 0.786 }],
    [
      'a clock that was set back',
      { orderedAt: new Date('2027-01-01T00:00:01.000Z') },
      { started_at: '2026-01-31T12:00:00.000Z', ordered_at: '2027-01-01T00:00:01.000Z' },
    ],
    ['the image’s digest', { origin: image }, { server: { image_digest: 'sha256:abcd' } }],
  ])('%s', (_, changes, expected) => expect(describeBackup({ ...facts, ...changes })).toMatchObject(expected))

  test('of a server that is not ours nobody knows the image', () => {
    const { server } = describeBackup({ ...facts, origin: undefined })
    expect(Object.keys(server).filter(key => key.startsWith('image'))).toEqual([])
  })
})
