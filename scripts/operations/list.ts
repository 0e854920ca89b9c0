import { type Backup, listBackups } from '../catalog/catalog.ts'

/** One row of `list`, and what `--json` gives. */
export type ListedBackup = {
  id: string
  kind: Backup['kind']
  type: string
  format: string
  /** Of a dump. */
  database_name: string | null
  label: string | null
  at: string
  age_seconds: number
  backup_size_bytes: number
  /** Of what was saved, on the server: the cluster, or the database. */
  cluster_size_bytes: number | null
  postgresql_version: string | null
  timescaledb_version: string | null
  /** ok, failed, or never; of what happened last. */
  verified: { at: string; level: string; result: 'ok' | 'failed' } | null
  /** Why it cannot be trusted. */
  damage: string | null
  folder: string
  foreign: boolean
}

export const listedBackups = async (backupsDir: string, now = new Date()): Promise<ListedBackup[]> =>
  (await listBackups(backupsDir)).map(backup => describe(backup, now))

function describe(backup: Backup, now: Date): ListedBackup {
  const { metadata, verified } = backup
  const last = verified ?? metadata?.verified
  return {
    id: backup.id,
    kind: backup.kind,
    type: metadata?.type ?? 'full',
    format: backup.kind === 'physical' ? backup.contents.format : backup.format,
    database_name: backup.kind === 'dump' ? (backup.metadata?.database_name ?? null) : null,
    label: metadata?.label ?? null,
    at: backup.at.toISOString(),
    age_seconds: Math.max(0, Math.round((now.getTime() - backup.at.getTime()) / 1000)),
    backup_size_bytes: backup.bytes,
    cluster_size_bytes: sizeOnServer(backup) ?? null,
    postgresql_version: metadata?.postgresql_version ?? null,
    timescaledb_version: metadata?.server.timescaledb[0]?.version ?? null,
    verified: last ? { at: last.at, level: last.level, result: last.result } : null,
    damage: backup.damage ?? null,
    folder: backup.path,
    foreign: metadata === undefined && backup.damage === undefined,
  }
}

/** Bytes of what was saved, as it was on the server; undefined where nobody wrote them down. */
export const sizeOnServer = (backup: Backup): number | undefined =>
  backup.kind === 'physical' ? backup.metadata?.cluster_size_bytes : backup.metadata?.database_size_bytes
