import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientBase, DatabaseError } from 'pg'
import type { FactName, Gathered, Measured, ServerFacts } from './facts.ts'
import { queries } from './queries/list.ts'
import { type AnyQuery, type Ask, mark, type NotMeasured } from './queries/query.ts'
import { serverQuery } from './queries/server.ts'

export type GatherOptions = {
  /** Seconds for one statement; default 60. */
  statementTimeout?: number | undefined
  /** Bytes of memory of the server's machine, where it is known. */
  memoryBytes?: number | undefined
  /** Only these facts, and the server. The others count as not measured. Default: all. */
  only?: readonly FactName[] | undefined
  /** Called after each statement. */
  onStatement?:
    | ((statement: { name: string; sql: string; milliseconds: number; rows: number }) => void)
    | undefined
  signal?: AbortSignal | undefined
}

export type GatherResult = {
  gathered: Gathered
  /** The server's clock when it began. */
  now: Date
  statements: number
}

const tries = 8

/**
 * Reads everything that a report is made of. Each query has a read-only transaction of its own: one that fails costs
 * its own answer and nothing else, and no lock, however weak, is kept from one to the next, where the server would find
 * a deadlock between us and somebody who alters tables, and perhaps end them. Every statement sees what is committed when
 * it begins: with a snapshot from before, a table that is dropped meanwhile would be there and yet not to be opened.
 * @throws DatabaseError where the connection breaks, or the server itself cannot be asked
 */
export async function gather(client: ClientBase, options: GatherOptions = {}): Promise<GatherResult> {
  let statements = 0
  const askAs =
    (name: string): Ask =>
    async (sql, values = []) => {
      options.signal?.throwIfAborted()
      const started = performance.now()
      const { rows } = await client.query(`${sql}\n${mark}`, [...values])
      statements += 1
      options.onStatement?.({ name, sql, milliseconds: performance.now() - started, rows: rows.length })
      return rows
    }
  const inTransaction: InTransaction = async work => {
    await client.query(
      `BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY; ${sessionSettings(options.statementTimeout ?? 60)}`,
    )
    try {
      return await work()
    } finally {
      await client.query('ROLLBACK').catch(() => {})
    }
  }
  const [clock] = await inTransaction(() => askAs('clock')('SELECT clock_timestamp() AS now'))
  const facts = await inTransaction(() =>
    serverQuery.read(askAs('server'), undefined as unknown as ServerFacts),
  )
  const server = { ...(facts as ServerFacts), memory_bytes: options.memoryBytes ?? null }
  const gathered: Partial<Record<FactName, Measured<unknown>>> = { server: { value: server } }
  for (const query of queries) {
    if (options.only && !options.only.includes(query.name)) continue
    gathered[query.name] = await attempt(inTransaction, query, askAs(query.name), server)
  }
  const missing = { not_measured: 'Not asked for.' }
  const all = new Proxy(gathered, { get: (target, name: FactName) => target[name] ?? missing })
  return { gathered: all as Gathered, now: clock.now, statements }
}

type InTransaction = <T>(work: () => Promise<T>) => Promise<T>

/**
 * search_path: only the server's own names count, whatever a schema has of the same name. Sessions that come after us
 * may wait behind a lock that we wait for, so we wait for none for long; less than deadlock_timeout by far. No parallel workers: the processors are for
 * others, and a container has little shared memory. Statistics are not kept for a second look:
 * of fifty thousand chunks that would be much memory.
 */
const sessionSettings = (statementTimeout: number): string => `
  SET LOCAL search_path = pg_catalog;
  SET LOCAL statement_timeout = '${statementTimeout}s';
  SET LOCAL lock_timeout = '200ms';
  SET LOCAL idle_in_transaction_session_timeout = 0;
  SET LOCAL timezone = 'UTC';
  SET LOCAL datestyle = 'ISO, YMD';
  SET LOCAL intervalstyle = 'postgres';
  SET LOCAL extra_float_digits = 1;
  SET LOCAL bytea_output = 'hex';
  SET LOCAL max_parallel_workers_per_gather = 0;
  SET LOCAL jit = off;
  SET LOCAL stats_fetch_consistency = none`

async function attempt(
  inTransaction: InTransaction,
  query: AnyQuery,
  ask: Ask,
  server: ServerFacts,
): Promise<Measured<unknown>> {
  const obstacle = query.obstacle?.(server)
  if (obstacle !== undefined) return { not_measured: obstacle }
  for (let left = tries; ; left -= 1) {
    try {
      const value = await inTransaction<unknown>(() => query.read(ask, server))
      return isNotMeasured(value) ? value : { value }
    } catch (error) {
      const { code } = error as DatabaseError
      // Not the server's words, or no server any more.
      if (code === undefined || /^(08|57P)/.test(code) || !/^[0-9A-Z]{5}$/.test(code)) throw error
      if (left <= 1 || !meanwhile.test(code))
        return { not_measured: whyNot(query, error as DatabaseError, server) }
      await sleep(100)
    }
  }
}

const isNotMeasured = (value: unknown): value is NotMeasured =>
  typeof value === 'object' && value !== null && 'not_measured' in value

/** Something was dropped or locked while we looked: the next look may succeed. */
const meanwhile = /^(XX000|42P01|42704|3F000|55P03|40P01)$/

function whyNot(query: AnyQuery, error: DatabaseError, server: ServerFacts): string {
  const what = query.subject.charAt(0).toUpperCase() + query.subject.slice(1)
  switch (error.code) {
    case '55P03':
      return `${what} could not be read: somebody else holds a lock. Try again when it is gone.`
    case '57014':
      return `${what} could not be read within the time that a statement may take.`
    case '42501':
      return `Role ${server.role} may not see ${query.subject}: ${error.message}. GRANT pg_monitor TO ${server.role} shows most of it.`
    default:
      return `${what} could not be read: ${error.message} (${error.code}).`
  }
}
