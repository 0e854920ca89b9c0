import type { BackupFolder } from '../postgres/backup_folder.ts'
import type { DumpMetadata, PhysicalMetadata, Verified } from './metadata.ts'

/** What the catalog knows of every backup. */
type Common = {
  id: string
  /** The folder or the file that it is found by. */
  path: string
  /** Why it cannot be trusted. */
  damage?: string
  verified?: Verified
  bytes: number
  /** When it was begun; of a foreign one, when its manifest, archive or dump was last changed. */
  at: Date
  /** What decides which one is the newest: a clock that was set back must not make an old backup the latest. */
  order: Date
}

/** `metadata` is absent where the backup is somebody else's, or damaged; then `damage` says how. */
export type PhysicalBackup = Common & {
  kind: 'physical'
  contents: BackupFolder
  metadata?: PhysicalMetadata
}

/** tar, which only somebody else makes, pg_restore reads as it does custom, but not in parallel. */
export type DumpFormat = 'custom' | 'directory' | 'plain' | 'tar'

export type DumpBackup = Common & {
  kind: 'dump'
  format: DumpFormat
  /** The path that what belongs to it begins with: `….metadata.json`, `….verified.json`. */
  stem: string
  metadata?: DumpMetadata
}

export type Backup = PhysicalBackup | DumpBackup

/** When, and what it counts as, by its metadata, else by when it was changed. */
export function momentsOf(
  metadata: { started_at: string; ordered_at?: string | undefined } | undefined,
  mtime: Date,
): Pick<Common, 'at' | 'order'> {
  if (metadata === undefined) return { at: mtime, order: mtime }
  const { started_at, ordered_at = started_at } = metadata
  return { at: new Date(started_at), order: new Date(ordered_at) }
}
