import { ToolkitError } from '../errors.ts'
import { type Answers, resolveByName } from '../settings/by_name.ts'
import { type CleanupResult, cleanupBackups } from './cleanup.ts'
import { type DumpResult, dumpDatabase } from './dump.ts'
import { dumpOptions } from './dump_words.ts'
import { type ListedBackup, listedBackups } from './list.ts'
import { Managed } from './managed.ts'
import { type RestoreResult, restoreCluster } from './restore.ts'
import { type SaveResult, saveCluster } from './save.ts'
import { type BackupStats, backupStats } from './stats.ts'
import { type VerifyResult, verifyBackups } from './verify.ts'

/** Backups: of a whole cluster, and of one database. Settings and answers by name, as `Managed` says. */
export class BackupManager extends Managed {
  /**
   * Takes a full backup of the cluster and verifies it: LABEL, FORMAT, COMPRESS … may be given. With METHOD 'logical' it
   * dumps one database instead: DB, FORMAT, JOBS, TABLES ….
   * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
   */
  createBackup(answers: Answers & { METHOD: 'logical' }): Promise<DumpResult>
  createBackup(answers?: Answers): Promise<SaveResult>
  createBackup(answers: Answers = {}): Promise<SaveResult | DumpResult> {
    if (answers.METHOD !== 'logical') return this.run(answers, saveCluster)
    return this.run(answers, dumpDatabase, ['method', ...dumpOptions])
  }

  /** The backups of BACKUPS_DIR, newest first. */
  listBackups(): Promise<ListedBackup[]> {
    return listedBackups(resolveByName(this.settings, {}).settings.backupsDir)
  }

  /**
   * Verifies one backup, or with `deep` every file in it. Problems are in the result.
   * @throws ToolkitError usage where there is no such backup.
   */
  async verifyBackup(id: string, { deep = false }: { deep?: boolean } = {}): Promise<VerifyResult> {
    const [result] = await this.run({ BACKUP_DIR: id, DEEP: deep }, verifyBackups)
    if (result === undefined) throw new ToolkitError('usage', { what: `There is no backup ${id}.` })
    return result
  }

  /**
   * Deletes old backups by BACKUP_RETENTION_DAYS, BACKUP_KEEP_DAILY …, without asking; with DRY_RUN it only says which
   * and why. What could not be deleted is in the result (`left`).
   * @throws ToolkitError prerequisite, locked, interrupted
   */
  async cleanup(answers: Answers = {}): Promise<CleanupResult> {
    const { settings } = resolveByName(this.settings, { ...answers, FORCE: true })
    return cleanupBackups(settings, this.context())
  }

  /** Numbers about the backups of BACKUPS_DIR, and about the runs of the last 30 days. */
  async stats(): Promise<BackupStats> {
    return backupStats(resolveByName(this.settings, {}).settings)
  }

  /**
   * Restores a backup into DATA_DIR, without asking. What was there is kept beside it.
   * @throws ToolkitError space, verification, usage, prerequisite, locked, failed, interrupted
   */
  restoreCluster(id: string, answers: Answers = {}): Promise<RestoreResult> {
    return this.run({ ...answers, BACKUP_DIR: id, FORCE: true }, restoreCluster)
  }
}
