import { setTimeout as sleep } from 'node:timers/promises'
import { type Login, withClient } from './connection.ts'

const pollMilliseconds = 400

/**
 * Follows a base backup by the server's own count, which is of uncompressed bytes; pg_basebackup's own would be of
 * compressed ones. https://www.postgresql.org/docs/current/progress-reporting.html
 * Gives the function that ends it. A server that does not let us look costs the progress, never the backup.
 */
export function watchBaseBackup(
  login: Login,
  report: (done: number, total: number) => void,
): () => Promise<void> {
  const controller = new AbortController()
  const { signal } = controller
  const watching = withClient(login, async client => {
    while (!signal.aborted) {
      const { rows } = await client.query(
        `SELECT sum(backup_streamed)::float8 AS done, sum(backup_total)::float8 AS total
           FROM pg_stat_progress_basebackup`,
      )
      if (rows[0]?.done > 0) report(rows[0].done, rows[0].total ?? 0)
      await sleep(pollMilliseconds, undefined, { signal })
    }
  }).catch(() => {})
  return async () => {
    controller.abort()
    await watching
  }
}
