import { type Backup, listBackups } from '../catalog/catalog.ts'
import { readHistory } from '../catalog/history.ts'
import { type CommandRuns, type Counted, groupStats, runsOf, type StatsGroup } from '../plan/stats.ts'
import type { Settings } from '../settings/options.ts'
import { sizeOnServer } from './list.ts'

export type BackupStats = {
  backups_dir: string
  groups: StatsGroup[]
  count: number
  total_bytes: number
  history: {
    /** The runs that ended since then. */
    since: string
    commands: CommandRuns[]
    /** Lines of history.jsonl that cannot be read. */
    damaged_lines: number
  }
}

const days = 30

/** Numbers about the backups of a folder, and about the runs of the last 30 days. Changes nothing. */
export async function backupStats({ backupsDir }: Settings, now = new Date()): Promise<BackupStats> {
  const backups = await listBackups(backupsDir)
  const { entries, damagedLines } = await readHistory(backupsDir)
  const since = new Date(now.getTime() - days * 86_400_000)
  return {
    backups_dir: backupsDir,
    groups: groupStats(backups.map(countedOf), now),
    count: backups.length,
    total_bytes: backups.reduce((sum, { bytes }) => sum + bytes, 0),
    history: { since: since.toISOString(), commands: runsOf(entries, since), damaged_lines: damagedLines },
  }
}

/** What is counted of a backup of the catalog. */
function countedOf(backup: Backup): Counted {
  const { metadata, damage, verified, at, bytes } = backup
  const last = verified ?? metadata?.verified
  return {
    ...{ at, bytes, kind: backup.kind },
    database: backup.kind === 'dump' ? (backup.metadata?.database_name ?? null) : null,
    foreign: metadata === undefined && damage === undefined,
    originalBytes: sizeOnServer(backup) ?? null,
    seconds: metadata?.duration_seconds ?? null,
    verified: last?.result ?? 'never',
    damaged: damage !== undefined,
  }
}
