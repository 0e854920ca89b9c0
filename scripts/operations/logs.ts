import { ToolkitError } from '../errors.ts'
import { readClusterRecord } from '../postgres/cluster_record.ts'
import { followServerLog, readServerLog } from '../postgres/server_log.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { clusterFolders } from '../settings/cluster_folders.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { refuseOtherRuntime } from './start_refusals.ts'

/** The server's log outlives its container, so it can be read when the database is down as well. */
export async function showLogs(
  runtime: Runtime,
  settings: Settings,
  context: Context,
): Promise<{ text: string }> {
  const record = await readClusterRecord(settings.dataDir)
  if (record === undefined) {
    throw new ToolkitError('prerequisite', {
      what: `There is no cluster in ${settings.dataDir}.`,
      hint: 'make start makes one.',
    })
  }
  refuseOtherRuntime(runtime.kind, record, settings.dataDir)
  const { log } = clusterFolders(settings.dataDir)
  if (settings.follow) {
    await followServerLog(
      runtime,
      record.image,
      log,
      settings.lines,
      line => process.stdout.write(`${line}\n`),
      context.signal,
    )
    return { text: '' }
  }
  return { text: await readServerLog(runtime, record.image, log, settings.lines) }
}
