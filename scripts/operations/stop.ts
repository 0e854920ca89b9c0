import type { Runtime } from '../runtime/runtime.ts'
import type { Context } from '../settings/command.ts'
import type { Settings } from '../settings/options.ts'
import { refuseForeign } from './start_refusals.ts'

export type StopResult = { container: string; stopped: boolean; seconds: number }

/** Fast shutdown: sessions are ended, everything committed is on disk. The data stays. */
export async function stopDatabase(
  runtime: Runtime,
  settings: Pick<Settings, 'container' | 'dataDir'>,
  { log, signal }: Pick<Context, 'log' | 'signal'>,
): Promise<StopResult> {
  const started = performance.now()
  const status = await runtime.server.status(settings, signal)
  refuseForeign(status, settings)
  if (status.state === 'running') {
    log.step(`Stopping ${settings.container} …`)
    await runtime.server.stop(settings)
  }
  if (status.state !== 'absent') await runtime.server.remove(settings)
  return {
    container: settings.container,
    stopped: status.state === 'running',
    seconds: (performance.now() - started) / 1000,
  }
}
