import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../errors.ts'
import type { Runtime, ServerName } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import { readLastLog } from './server_log.ts'

const pollMilliseconds = 150

/**
 * Waits until the server in the container accepts connections.
 * @throws ToolkitError prerequisite or space with the last lines of its log where it ends instead.
 */
export async function waitUntilReady(
  runtime: Runtime,
  settings: Pick<Settings, 'container' | 'dataDir' | 'port' | 'startTimeout' | 'user'>,
  logFolder: string,
  signal: AbortSignal,
): Promise<void> {
  const deadline = performance.now() + settings.startTimeout * 1000
  while (performance.now() < deadline) {
    signal.throwIfAborted()
    // 0: accepts connections; 1: starting up; 2: no answer.
    const argv = ['pg_isready', '--quiet', '--host', '127.0.0.1', '--port', String(settings.port)]
    const ready = await runtime.server.exec(settings, argv, { signal })
    if (ready.code === 0) return
    const status = await runtime.server.status(settings, signal)
    if (status.state !== 'running') throw await explainExit(runtime, settings, logFolder)
    await sleep(pollMilliseconds, undefined, { signal })
  }
  throw new ToolkitError('failed', {
    what: `The database did not answer within ${settings.startTimeout} seconds. It is still starting.`,
    why: await readLastLog(runtime, settings, logFolder, 5),
    hint: 'A long recovery needs longer: make logs FOLLOW=1 shows what it does; START_TIMEOUT sets the patience.',
  })
}

async function explainExit(runtime: Runtime, server: ServerName, logFolder: string): Promise<ToolkitError> {
  const why = await readLastLog(runtime, server, logFolder, 12)
  if (/No space left on device/i.test(why)) {
    return new ToolkitError('space', {
      what: 'The disk is full: the database cannot start.',
      why,
      hint: 'Free some space, then try again.',
    })
  }
  if (/Read-only file system|Permission denied/i.test(why)) {
    return new ToolkitError('prerequisite', {
      what: 'The database may not write where its data is.',
      why,
      hint: 'Is the disk of DATA_DIR mounted read-only (findmnt -T), or by a user that the engine may not act for? Mend that, or choose another DATA_DIR.',
    })
  }
  if (/Cannot allocate memory/i.test(why)) {
    return new ToolkitError('prerequisite', {
      what: 'The database wants more memory than this machine has.',
      why,
      hint: 'Set a smaller shared_buffers in db/config/postgres/postgresql.conf, then try again.',
    })
  }
  if (/Address already in use|could not bind/i.test(why)) {
    return new ToolkitError('prerequisite', {
      what: 'The port of the database is taken by another program.',
      why,
      hint: 'Choose another one: make start PGPORT=8095 (and write it into db/.env).',
    })
  }
  return new ToolkitError('failed', {
    what: 'The database ended instead of starting.',
    why,
    hint: 'make logs shows more. The data directory is left as it is.',
  })
}
