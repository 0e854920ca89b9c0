import { ToolkitError } from '../errors.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Resolved } from '../settings/resolve.ts'
import { type DumpResult, dumpDatabase } from './dump.ts'
import { type SaveResult, saveCluster } from './save.ts'

export type CreateResult = { physical: SaveResult } | { logical: DumpResult }

/**
 * A backup of either kind: the whole cluster, or one database.
 * @throws ToolkitError as `saveCluster` and `dumpDatabase`
 */
export async function createBackup(
  runtime: Runtime,
  resolved: Resolved,
  context: Context,
): Promise<CreateResult> {
  const { settings, sources } = resolved
  if (settings.method === 'physical') return { physical: await saveCluster(runtime, resolved, context) }
  if (sources.format !== 'default') {
    throw new ToolkitError('usage', {
      what: `--format ${settings.format} is one of physical backups.`,
      hint: 'Leave it out, or choose one of a dump by that command itself: make dump FORMAT=custom, directory or plain.',
    })
  }
  return { logical: await dumpDatabase(runtime, resolved, context) }
}
