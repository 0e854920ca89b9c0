import type { Client } from 'pg'
import type { Gathered } from '../../explore/facts.ts'

/** A database of a case's own, made for it and dropped afterwards. */
export type World = {
  /** A session of the superuser in it. */
  client: Client
  database: string
  /** Another session, closed afterwards. Default: the superuser. */
  connect(as?: { user?: string; password?: string; database?: string }): Promise<Client>
  /** Done afterwards, in reverse order, whatever happens: settings of the server, roles, slots, prepared transactions. */
  afterwards(undo: () => Promise<unknown>): void
}

export type Case = {
  title: string
  /** Run by the superuser in the case's database, outside a transaction when it is a list. */
  sql?: string | readonly string[]
  /** What SQL alone cannot do: second sessions, settings of the server. */
  arrange?(world: World): Promise<void>
  /** For what no test server can be brought to, such as a standby that lags: facts in the place of those gathered. */
  given?(gathered: Gathered): Partial<Gathered>
  /** Thresholds in the place of the check's own. */
  limits?: Record<string, number>
  /** Memory of the server's machine, bytes. */
  memoryBytes?: number
  /** Who looks; default the superuser. */
  as?: { user: string; password: string }
  /** What the server must have. Without it the test says why it does not run. timescale: the full edition. */
  needs?: 'timescaledb' | 'timescale' | 'pg_stat_statements'
  /** The least major version. */
  from?: number
}

/**
 * The tests of one check, in the file that has its number and name. What is found in a firing case is compared with
 * `expected/<number>_<name>.txt`; in a quiet one nothing is found, and the check was assessed.
 */
export type CheckCases = {
  /** In which it must find something. */
  fires: readonly Case[]
  /** In which it must not, the traps among them. */
  quiet: readonly Case[]
  /** In which it has to say that it does not know, or that there is nothing to judge: the outcome, and its reason. */
  says?: readonly (Case & { outcome: 'not assessed' | 'not applicable'; reason: RegExp })[]
}
