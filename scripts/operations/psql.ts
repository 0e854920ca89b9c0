import { ToolkitError } from '../errors.ts'
import { connectionTo } from '../postgres/local_session.ts'
import type { Runtime } from '../runtime/runtime.ts'
import type { Settings } from '../settings/options.ts'
import { refuseForeign } from './start_refusals.ts'

/** psql beside our own server, through its local socket. Gives psql's exit code. */
export async function openPsql(runtime: Runtime, settings: Settings): Promise<number> {
  const status = await runtime.server.status(settings)
  refuseForeign(status, settings)
  if (status.state !== 'running') {
    throw new ToolkitError('prerequisite', {
      what: 'The database is not running.',
      hint: 'make start starts it.',
    })
  }
  const { user, database, command } = settings
  const argv = ['psql', '-p', String(status.port ?? settings.port), '-U', user, '-d', connectionTo(database)]
  return runtime.server.interactive(settings, [...argv, ...(command ? ['-c', command] : [])])
}
