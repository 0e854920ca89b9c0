import type { PhysicalMetadata, Unsigned } from '../catalog/metadata.ts'
import type { Manifest } from '../postgres/manifest.ts'
import type { ServerFacts } from '../postgres/server_facts.ts'
import type { ImageFacts } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import type { BaseBackupPlan } from './base_backup.ts'

export type BackupFacts = {
  plan: BaseBackupPlan
  settings: Pick<Settings, 'label' | 'environment' | 'format'>
  server: ServerFacts
  /** Of the client programs. */
  image: ImageFacts
  /** The image of the server, where it is known. */
  origin: Pick<ImageFacts, 'image' | 'id' | 'digest'> | undefined
  manifest: Manifest
  files: PhysicalMetadata['files']
  /** The checksum of `files`. */
  checksum: string
  startedAt: Date
  /** What it counts as among the others. */
  orderedAt: Date
  now: Date
  /** Of a clock that nobody sets. */
  seconds: number
}

/** What metadata.json says about a backup that was taken and verified. */
export function describeBackup(facts: BackupFacts): Unsigned<PhysicalMetadata> {
  const { plan, settings, server, image, origin, manifest, files, checksum } = facts
  const { startedAt, orderedAt, now, seconds } = facts
  // One for each timeline; the manifest does not promise their order.
  const ranges = [...manifest.walRanges].sort((a, b) => a.timeline - b.timeline)
  const first = ranges[0]
  const last = ranges.at(-1)
  return {
    schema_version: 1,
    id: plan.id,
    kind: 'physical',
    type: 'full',
    parent_id: null,
    label: settings.label ?? null,
    environment: settings.environment,
    started_at: startedAt.toISOString(),
    ...(orderedAt.getTime() !== startedAt.getTime() && { ordered_at: orderedAt.toISOString() }),
    backup_timestamp: now.toISOString(),
    duration_seconds: Number(seconds.toFixed(3)),
    format: settings.format,
    files,
    backup_size_bytes:
      settings.format === 'plain' ? manifest.totalBytes : files.reduce((sum, f) => sum + f.bytes, 0),
    checksum_sha256: checksum,
    compression: plan.compression,
    encryption: null,
    postgresql_version: server.version,
    tool_versions: { pg_basebackup: image.version },
    server: {
      system_identifier: server.systemIdentifier,
      version_text: server.versionText,
      architecture: server.architecture,
      data_checksums: server.dataChecksums,
      encoding: server.encoding,
      collation: server.collation,
      libc: server.libc,
      timescaledb: server.timescaledb,
      ...(origin && {
        image: origin.image,
        image_id: origin.id,
        ...(origin.digest && { image_digest: origin.digest }),
      }),
    },
    start_lsn: first?.startLsn ?? '',
    end_lsn: last?.endLsn ?? '',
    timeline: last?.timeline ?? server.timeline,
    wal_segment_bytes: server.walSegmentBytes,
    tablespaces: server.tablespaces,
    cluster_size_bytes: manifest.totalBytes,
    cluster_files: manifest.files.size,
    verified: { at: now.toISOString(), level: 'contents', result: 'ok' },
  }
}
