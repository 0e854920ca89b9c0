import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PhysicalMetadata, sealMetadata, type Unsigned } from '../../catalog/metadata.ts'
import type { ImageFacts } from '../../runtime/runtime.ts'

/** An image with everything: glibc, the full edition of TimescaleDB, all algorithms. */
export const image: ImageFacts = {
  place: 'image',
  hasServer: true,
  image: 'timescale/timescaledb-ha:pg17',
  id: 'sha256:0061d9ed',
  digest: 'sha256:abcd',
  uid: 1000,
  gid: 1000,
  pgdata: '/home/postgres/pgdata/data',
  volume: '/home/postgres/pgdata',
  version: '17.11',
  major: 17,
  architecture: 'x86_64',
  libc: 'glibc',
  libcVersion: '2.41',
  timescaledb: ['2.19.3'],
  timescaledbEdition: 'tsl',
  tools: ['zstd', 'lz4', 'gzip'],
  clientCompression: ['zstd', 'lz4', 'gzip'],
  builtHere: false,
}

/** A tar backup that the image above made of its own server. */
export const metadata: Unsigned<PhysicalMetadata> = {
  schema_version: 1,
  id: 'cluster_backup_20260131_120000',
  kind: 'physical',
  type: 'full',
  parent_id: null,
  label: 'before the upgrade',
  environment: 'dev',
  started_at: '2026-01-31T12:00:00.000Z',
  backup_timestamp: '2026-01-31T12:00:03.000Z',
  duration_seconds: 3,
  format: 'tar',
  files: [
    { name: 'base.tar.zst', bytes: 5, sha256: '0'.repeat(64) },
    { name: 'pg_wal.tar', bytes: 7, sha256: 'f'.repeat(64) },
  ],
  backup_size_bytes: 12,
  checksum_sha256: 'a'.repeat(64),
  compression: { algorithm: 'zstd', level: 3 },
  encryption: null,
  postgresql_version: '17.11',
  tool_versions: { pg_basebackup: '17.11' },
  server: {
    system_identifier: '7710334250025844775',
    version_text: 'PostgreSQL 17.11 on x86_64-pc-linux-gnu',
    architecture: 'x86_64',
    data_checksums: true,
    encoding: 'UTF8',
    collation: { provider: 'libc', name: 'en_US.utf8', version: '2.41' },
    libc: { kind: 'glibc', version: '2.41' },
    timescaledb: [{ database: 'shop', version: '2.19.3', edition: 'tsl' }],
    image: image.image,
    image_id: image.id,
  },
  start_lsn: '0/2000028',
  end_lsn: '0/2000120',
  timeline: 1,
  wal_segment_bytes: 16777216,
  tablespaces: [],
  cluster_size_bytes: 26403907,
  cluster_files: 1170,
  verified: { at: '2026-01-31T12:00:03.000Z', level: 'contents', result: 'ok' },
}

/** A folder that looks like a complete backup of ours, begun at that moment. Its archives hold words. */
export async function backupFolder(
  backupsDir: string,
  startedAt = metadata.started_at,
  changes: Partial<Unsigned<PhysicalMetadata>> = {},
): Promise<{ id: string; folder: string }> {
  const stamp = startedAt.replace(/[-:]|\..*/g, '').replace('T', '_')
  const id = `cluster_backup_${stamp}`
  const folder = join(backupsDir, id)
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, 'base.tar.zst'), '12345')
  await writeFile(join(folder, 'pg_wal.tar'), '1234567')
  await writeFile(join(folder, 'backup_manifest'), '{}')
  const document = { ...metadata, id, started_at: startedAt, ...changes }
  await writeFile(join(folder, 'metadata.json'), sealMetadata(document))
  return { id, folder }
}
