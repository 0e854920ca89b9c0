import { ToolkitError } from '../errors.ts'
import { chooseRuntime } from '../runtime/choose.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import { type OptionName, optionNames, optionOf } from '../settings/options.ts'
import { type Resolved, resolveSettings } from '../settings/resolve.ts'
import { formatValue } from '../settings/value.ts'
import { createLog } from '../terminal/log.ts'
import { type ListedBackup, listedBackups } from './list.ts'
import { type RestoreResult, restoreCluster } from './restore.ts'
import { type SaveResult, saveCluster } from './save.ts'
import { type VerifyResult, verifyBackups } from './verify.ts'

export type BackupManagerOptions = {
  /** Stops what is going on; partial files and containers are removed. */
  signal?: AbortSignal
  /** Told what happens, a sentence at a time. Default: nobody. */
  onMessage?: (message: string) => void
}

/** Answers of one call, by their name in docs/reference/configuration.md: `{ LABEL: 'before the upgrade' }`. */
export type Answers = Readonly<Record<string, string | number | boolean>>

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
    resolveAll(settings, {})
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
    return listedBackups(resolveAll(this.settings, {}).settings.backupsDir)
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
    const resolved = resolveAll(this.settings, answers)
    const { signal = new AbortController().signal, onMessage } = this.options
    const log = createLog('normal', line => void onMessage?.(line.trimEnd()))
    const prompt = { interactive: false, ask: async () => undefined }
    return operation(chooseRuntime(resolved.settings), resolved, { log, prompt, signal, progress: false })
  }
}

function resolveAll(settings: Answers, answers: Answers): Resolved {
  const byName = new Map(optionNames.flatMap(name => namesOf(name).map(word => [word, name] as const)))
  const unknown = [...Object.keys(settings), ...Object.keys(answers)].filter(word => !byName.has(word))
  const flags = new Map<OptionName, string>()
  const env: Record<string, string> = {}
  for (const [word, value] of Object.entries({ ...settings, ...answers })) {
    const name = byName.get(word)
    if (name === undefined || value === undefined) continue
    // A secret's flag would be the name of a file.
    if (optionOf(name).secret) env[word] = formatValue(value)
    else flags.set(name, formatValue(value))
  }
  const resolved = resolveSettings({ flags, env, dotenv: {}, cwd: process.cwd(), base: process.cwd() })
  const problems = [...unknown.map(word => `${word} is no setting`), ...resolved.problems]
  if (problems.length === 0) return resolved
  throw new ToolkitError('usage', { what: 'A setting cannot be used.', why: problems.join('\n') })
}

const namesOf = (name: OptionName): string[] => {
  const { env, aliases, secret } = optionOf(name)
  return [env, ...(secret ? [...aliases, `${env}_FILE`] : [])]
}
