import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'

/** A connection whose work is abandoned when the user interrupts. */
export type Session = {
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>
  /** All or nothing: whatever goes wrong in `work`, the server keeps what it had. */
  transaction<T>(work: () => Promise<T>): Promise<T>
  /** Runs SQL that this server may refuse, and undoes it then. Returns the refusal, or undefined when it worked. */
  attempt(sql: string): Promise<string | undefined>
  /** `COPY … FROM STDIN` of these texts; the server sets the pace. Returns how many rows it took. */
  copy(sql: string, texts: Iterable<string>): Promise<number>
}

export function openSession(client: pg.ClientBase, signal: AbortSignal | undefined): Session {
  const session: Session = {
    async query<Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) {
      signal?.throwIfAborted()
      // Without values the text may hold several statements.
      const work = values.length > 0 ? client.query<Row>(sql, [...values]) : client.query<Row>(sql)
      return (await untilAborted(work, signal)).rows
    },
    async transaction(work) {
      await session.query('BEGIN')
      try {
        const result = await work()
        signal?.throwIfAborted()
        // Not abandoned: one must know how it ends.
        await client.query('COMMIT')
        return result
      } catch (error) {
        // After an interrupt the connection may still be busy; its end rolls back as well.
        const rollback = client.query('ROLLBACK').catch(() => {})
        await Promise.race([rollback, delay(2000, undefined, { ref: false })])
        throw error
      }
    },
    async attempt(sql) {
      await session.query('SAVEPOINT attempt')
      try {
        await session.query(sql)
        await session.query('RELEASE SAVEPOINT attempt')
        return undefined
      } catch (error) {
        if (!isRefusal(error)) throw error
        await session.query('ROLLBACK TO SAVEPOINT attempt')
        return error.message
      }
    },
    async copy(sql, texts) {
      signal?.throwIfAborted()
      const stream = client.query(copyFrom(sql))
      await untilAborted(pipeline(Readable.from(texts), stream, { signal }), signal)
      return stream.rowCount
    },
  }
  return session
}

function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work
  return new Promise<T>((resolve, reject) => {
    // Closing the connection on an interrupt makes the query fail as well: the interrupt is what happened.
    const interrupt = () => reject(signal.reason)
    const fail = (error: unknown) => reject(signal.aborted ? signal.reason : error)
    signal.addEventListener('abort', interrupt, { once: true })
    if (signal.aborted) interrupt()
    work.then(resolve, fail).finally(() => signal.removeEventListener('abort', interrupt))
  })
}

/**
 * The server's "this cannot be done here": everything but lost connections, conflicts with others, full disks,
 * shutdowns. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
const isRefusal = (error: unknown): error is pg.DatabaseError =>
  error instanceof pg.DatabaseError && !['08', '40', '53', '57'].includes((error.code ?? '08').slice(0, 2))
