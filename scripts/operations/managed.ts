import { chooseRuntime } from '../runtime/choose.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { type Answers, resolveByName } from '../settings/by_name.ts'
import type { Context } from '../settings/command.ts'
import type { OptionName } from '../settings/options.ts'
import type { Resolved } from '../settings/resolve.ts'
import { createLog } from '../terminal/log.ts'

export type ManagerOptions = {
  /** Stops what is going on; partial files and containers are removed. */
  signal?: AbortSignal
  /** Told what happens, a sentence at a time. Default: nobody. */
  onMessage?: (message: string) => void
}

/**
 * Operations for callers from other programs. Settings are those of docs/reference/configuration.md, by name; they are
 * the only source: neither the environment nor db/.env is read. Relative paths begin at the current folder.
 */
export class Managed {
  protected readonly settings: Answers
  private readonly options: ManagerOptions

  /** @throws ToolkitError usage with every setting that cannot be used. */
  constructor(settings: Answers = {}, options: ManagerOptions = {}) {
    this.settings = settings
    this.options = options
    resolveByName(settings, {})
  }

  /** `taken`: which answers the operation is about, where two have one name. */
  protected run<T>(
    answers: Answers,
    operation: (runtime: Runtime, resolved: Resolved, context: Context) => Promise<T>,
    taken?: readonly OptionName[],
  ): Promise<T> {
    const resolved = resolveByName(this.settings, answers, taken)
    return operation(chooseRuntime(resolved.settings), resolved, this.context())
  }

  protected context(): Context {
    const { signal = new AbortController().signal, onMessage } = this.options
    const log = createLog('normal', line => void onMessage?.(line.trimEnd()))
    const prompt = { interactive: false, ask: async () => undefined }
    return { log, prompt, signal, progress: false }
  }
}
