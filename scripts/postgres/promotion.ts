import { setTimeout as sleep } from 'node:timers/promises'
import { ToolkitError } from '../errors.ts'
import { askLocally, type LocalServer } from './local_session.ts'

/**
 * Waits until a server takes writes: while it recovers it may answer questions already.
 * @throws ToolkitError failed after so many seconds.
 */
export async function waitForPromotion(
  server: LocalServer,
  superuser: string,
  seconds: number,
): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (performance.now() < deadline) {
    server.signal?.throwIfAborted()
    const answer = await askLocally(server, superuser, 'SELECT pg_is_in_recovery();')
    if (answer.stdout === 'f') return
    await sleep(200, undefined, { signal: server.signal })
  }
  throw new ToolkitError('failed', {
    what: `Recovery did not end within ${seconds} seconds. It is still going on.`,
    hint: 'make logs FOLLOW=1 shows how far it is; START_TIMEOUT sets the patience.',
  })
}
