import type { Answers } from '../settings/by_name.ts'
import { type CloneResult, cloneDatabase } from './clone.ts'
import { cloneOptions } from './clone_words.ts'
import { Managed } from './managed.ts'
import { type RestoreDumpResult, restoreDump } from './restore_dump.ts'
import { restoreDumpOptions } from './restore_dump_words.ts'

/** Databases that come back, or are copied. Settings and answers by name, as `Managed` says. */
export class RecoveryManager extends Managed {
  /**
   * Restores a dump into a new database, compares it, and gives it its name: TARGET_DB, or that of the dump. Where
   * there is one of that name it fails, unless IF_EXISTS is 'new' or 'replace'; nothing is asked.
   * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
   */
  restoreDatabase(id: string, answers: Answers = {}): Promise<RestoreDumpResult> {
    const taken = ['file', 'targetDb', 'ifExists', ...restoreDumpOptions] as const
    return this.run({ ...answers, FILE: id, FORCE: true }, restoreDump, taken)
  }

  /**
   * Copies a database under a new name, on the same server or with TARGET_HOST on another one, and compares the two.
   * @throws ToolkitError connection, space, verification, usage, prerequisite, locked, failed, interrupted
   */
  cloneDatabase(source: string, target: string, answers: Answers = {}): Promise<CloneResult> {
    return this.run({ ...answers, SOURCE: source, TARGET: target }, cloneDatabase, cloneOptions)
  }
}
