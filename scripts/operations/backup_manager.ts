import { ToolkitError } from '../errors.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type Answers, resolveByName } from '../settings/by_name.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { createLog } from '../terminal/log.ts'
import { type CleanupResult, cleanupBackups } from './cleanup.ts'
import { type ListedBackup, listedBackups } from './list.ts'
import { type RestoreResult, restoreCluster } from './restore.ts'
import { type SaveResult, saveCluster } from './save.ts'
import { type BackupStats, backupStats } from './stats.ts'
import { type VerifyResult, verifyBackups } from './verify.ts'

export type BackupManagerOptions = {
  /** Stops what is going on; partial files and containers are removed. */
  signal?: AbortSignal
  /** Told what happens, a sentence at a time. Default: nobody. */
  onMessage?: (message: string) => void
}

/**
 * Physical backups of one cluster. Settings are those of docs/reference/configuration.md, by name; they are the only
 * source: neither the environment nor db/.env is read. Relative paths begin at the current folder.
 */
export class BackupManager {
  private readonly settings: Answers
  private readonly options: BackupManagerOptions

  /** @throws ToolkitError usage with every setting that cannot be used. */
  constructor(settings: Answers = {}, options: BackupManagerOptions = {}) {
    this.settings = settings
    this.options = options
    resolveByName(settings, {})
  }

  /**
   * Takes a full backup and verifies it. LABEL, FORMAT, COMPRESS … may be given.
   * @throws ToolkitError connection, space, verification, prerequisite, locked, failed, interrupted
   */
  createBackup(answers: Answers = {}): Promise<SaveResult> {
    return this.run(answers, saveCluster)
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

  private run<T>(
    answers: Answers,
    operation: (runtime: Runtime, resolved: Resolved, context: Context) => Promise<T>,
  ): Promise<T> {
    const resolved = resolveByName(this.settings, answers)
    return operation(chooseRuntime(resolved.settings), resolved, this.context())
  }

  private context(): Context {
    const { signal = new AbortController().signal, onMessage } = this.options
    const log = createLog('normal', line => void onMessage?.(line.trimEnd()))
    const prompt = { interactive: false, ask: async () => undefined }
    return { log, prompt, signal, progress: false }
  }
}
