/**
 * The toolkit as a library. The scripts are thin callers of the same functions.
 *
 *     import { BackupManager } from 'timescaledb-toolkit'
 *     const backups = new BackupManager({ PGHOST: 'localhost', BACKUPS_DIR: '/backups' })
 *     const { metadata } = await backups.createBackup()
 */

export type { DumpMetadata, Metadata, PhysicalMetadata } from './catalog/metadata.ts'
export { type ErrorKind, exitCodes, ToolkitError } from './errors.ts'
export { BackupManager } from './operations/backup_manager.ts'
export type { CleanedBackup, CleanupResult } from './operations/cleanup.ts'
export type { CloneResult } from './operations/clone.ts'
export type { DumpResult } from './operations/dump.ts'
export type { ExploreResult } from './operations/explore.ts'
export { type ExploreDatabaseOptions, exploreDatabase } from './operations/explore_database.ts'
export type { ListedBackup } from './operations/list.ts'
export type { ManagerOptions as BackupManagerOptions } from './operations/managed.ts'
export { RecoveryManager } from './operations/recovery_manager.ts'
export type { RestoreResult } from './operations/restore.ts'
export type { RestoreDumpResult } from './operations/restore_dump.ts'
export type { SaveResult } from './operations/save.ts'
export type { BackupStats } from './operations/stats.ts'
export type { VerifyResult } from './operations/verify.ts'
export type { CommandRuns, StatsGroup } from './plan/stats.ts'

/** The kinds of backup. */
export const BackupType = { full: 'full' } as const
export type BackupType = (typeof BackupType)[keyof typeof BackupType]
