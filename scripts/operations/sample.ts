import type pg from 'pg'
import { ToolkitError } from '../errors.ts'
import { notesOf } from '../plan/sample/notes.ts'
import { aggregateName, objection } from '../plan/sample/relations.ts'
import { planSample, type SampleData, type SampleTable } from '../plan/sample.ts'
import { explainLoading, explainRefreshing } from './sample/errors.ts'
import { quote, readSampleFacts, type SampleFacts } from './sample/server.ts'
import { openSession, type Session } from './sample/session.ts'
import { type MadeTables, makeTables, refreshContinuousAggregate, type SampleKind } from './sample/tables.ts'

export type SampleOptions = {
  days: number
  /** The time of the newest rows. */
  until: Date
  /** Called every thousand rows or so, and when a step begins; `step` is the table that is worked on. */
  onProgress?: ((rows: number, totalRows: number, step: string) => void) | undefined
  /** After an interrupt the connection may still be busy: close it. */
  signal?: AbortSignal | undefined
}

export type SampleResult = {
  tables: { name: string; kind: SampleKind; rows: number }[]
  /** What is not as one would expect, and why, in whole sentences. */
  notes: string[]
  days: number
  /** ISO 8601, UTC. Every row is later than `from`; the newest ones are at `until`. */
  from: string
  until: string
}

/**
 * Makes the sample's tables in the database that `client` is connected to and fills them; rows of an earlier sample
 * are replaced. One transaction: until it is complete nothing changes, and nobody sees half of it. Only a continuous
 * aggregate is filled after it.
 * @throws ToolkitError usage when a relation of one of these names is not the sample's; locked while another run
 * loads; connection when the role may not, or the connection breaks; space; prerequisite (a replica); failed.
 */
export async function loadSample(client: pg.ClientBase, options: SampleOptions): Promise<SampleResult> {
  const data = planOrExplain(options)
  const session = openSession(client, options.signal)
  const { facts, made } = await session
    .transaction(() => load(session, data, options))
    .catch(error => {
      throw explainLoading(error)
    })
  const aggregateRows = await finish(session, facts, made).catch(error => {
    throw explainRefreshing(error)
  })
  return {
    tables: [...data.tables, { name: aggregateName, rows: aggregateRows }].map(({ name, rows }) => ({
      name,
      kind: made.kindOf(name),
      rows,
    })),
    notes: notesOf(made.outcome),
    days: options.days,
    from: data.from.toISOString(),
    until: data.until.toISOString(),
  }
}

function planOrExplain(options: SampleOptions): SampleData {
  try {
    return planSample(options)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new ToolkitError('usage', {
      what: 'There is no sample for this time.',
      why: error.message,
      hint: 'For example: make sample DAYS=7 UNTIL=2026-01-31T12:00:00Z',
    })
  }
}

type Loaded = { facts: SampleFacts; made: MadeTables }

async function load(session: Session, data: SampleData, options: SampleOptions): Promise<Loaded> {
  await lock(session)
  const facts = await readSampleFacts(session)
  const obstacle = objection(facts)
  if (obstacle) throw new ToolkitError(obstacle.kind, obstacle)

  const made = await makeTables(session, facts, options.days)
  const { onProgress } = options
  let done = 0
  for (const table of data.tables) {
    onProgress?.(done, data.rows, table.name)
    await copy(session, table, rows => {
      done += rows
      onProgress?.(done, data.rows, table.name)
    })
  }
  onProgress?.(done, data.rows, aggregateName)
  const filled = data.tables.map(({ name }) => name)
  if (made.kindOf(aggregateName) === 'materialized view') {
    await session.query(`REFRESH MATERIALIZED VIEW ${aggregateName}`)
    filled.push(aggregateName)
  }
  await session.query(`ANALYZE ${filled.join(', ')}`)
  return { facts, made }
}

/** Two runs at once would wait for each other without a word. */
async function lock(session: Session): Promise<void> {
  const [row] = await session.query<{ locked: boolean }>(
    `SELECT pg_try_advisory_xact_lock(hashtextextended('timescaledb-toolkit sample', 0)) AS locked`,
  )
  if (row?.locked) return
  throw new ToolkitError('locked', {
    what: 'Another make sample is loading into this database. Nothing was changed.',
    hint: 'Wait until it is done.',
  })
}

async function copy(session: Session, table: SampleTable, loaded: (rows: number) => void): Promise<void> {
  function* texts() {
    for (const { text, rows } of table.chunks()) {
      yield text
      loaded(rows)
    }
  }
  const rows = await session.copy(`COPY ${table.name} (${table.columns.join(', ')}) FROM STDIN`, texts())
  if (rows !== table.rows) throw new Error(`${table.name}: ${table.rows} rows sent, ${rows} arrived`)
}

/** Fills a continuous aggregate, and counts what came of it. */
async function finish(session: Session, facts: SampleFacts, made: MadeTables): Promise<number> {
  if (made.kindOf(aggregateName) === 'continuous aggregate') await refreshContinuousAggregate(session, facts)
  const [row] = await session.query<{ rows: number }>(
    `SELECT count(*)::float8 AS rows FROM ${quote(facts.schema, aggregateName)}`,
  )
  return row?.rows ?? 0
}
