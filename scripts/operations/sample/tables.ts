import { readFile } from 'node:fs/promises'
import { type Outcome, whyNoContinuousAggregate } from '../../plan/sample/notes.ts'
import { aggregateName } from '../../plan/sample/relations.ts'
import { quote, type SampleFacts } from './server.ts'
import type { Session } from './session.ts'

export type SampleKind = 'hypertable' | 'table' | 'continuous aggregate' | 'materialized view'

export type MadeTables = {
  kindOf(name: string): SampleKind
  outcome: Outcome
}

const sqlFolder = new URL('../../../db/sample/', import.meta.url)
const sql = (name: string): Promise<string> => readFile(new URL(`${name}.sql`, sqlFolder), 'utf8')

/** Makes the tables, empty, each of the best kind that this server can do. Belongs in a transaction. */
export async function makeTables(session: Session, facts: SampleFacts, days: number): Promise<MadeTables> {
  await useSchemas(session, facts.schema, extensionSchemaOf(facts))
  const whyNoTimescale = await enableTimescale(session, facts)
  await session.query(await sql('schema'))
  await session.query('TRUNCATE stations, meteo_metrics, power_metrics, health_metrics RESTART IDENTITY')

  const whyNoHypertables = whyNoTimescale ?? (await makeHypertables(session, days))
  const whyNoAggregate = whyNoHypertables ?? (await makeContinuousAggregate(session, facts))
  if (whyNoAggregate !== undefined) {
    await session.query(await sql(whyNoTimescale ? 'materialized_view' : 'materialized_view_time_bucket'))
  }
  await session.query(await sql('aggregate_columns'))

  return {
    kindOf(name) {
      if (name === aggregateName)
        return whyNoAggregate === undefined ? 'continuous aggregate' : 'materialized view'
      return whyNoHypertables === undefined && name !== 'stations' ? 'hypertable' : 'table'
    },
    outcome: {
      database: facts.database,
      reloaded: facts.relations.some(({ ours }) => ours),
      extensionCreated: facts.extensionSchema === null && whyNoTimescale === undefined,
      whyNoHypertables,
      whyNoAggregate,
    },
  }
}

/** Our files name everything without its schema. */
const useSchemas = (session: Session, ...schemas: string[]) =>
  session.query(`SELECT set_config('search_path', $1, true)`, [
    schemas.map(schema => quote(schema)).join(', '),
  ])

/** Sees to it that this database has the extension. Returns why it cannot. */
async function enableTimescale(session: Session, facts: SampleFacts): Promise<string | undefined> {
  if (facts.extensionSchema === null && !facts.available)
    return 'this server has no TimescaleDB, only PostgreSQL'
  if (!facts.preloaded) {
    return 'the server has TimescaleDB but has not loaded it (shared_preload_libraries = timescaledb, and a restart)'
  }
  if (facts.extensionSchema !== null) return undefined
  const refusal = await session.attempt(`CREATE EXTENSION timescaledb SCHEMA ${quote(facts.schema)}`)
  return refusal === undefined ? undefined : `the server refused CREATE EXTENSION timescaledb (${refusal})`
}

/**
 * A year has weekly chunks: one transaction holds a lock for each chunk and index that it writes to, and the server's
 * table of locks is not endless. Returns why there are none.
 */
async function makeHypertables(session: Session, days: number): Promise<string | undefined> {
  const interval = days > 60 ? '7 days' : '1 day'
  const chunks = ['meteo_metrics', 'power_metrics', 'health_metrics'].map(
    name => `SELECT set_chunk_time_interval('${name}', INTERVAL '${interval}');`,
  )
  return session.attempt([await sql('hypertables'), ...chunks].join('\n'))
}

/** An aggregate of an earlier run is emptied, or replaced if it had to be a materialized view. Returns why there is none. */
async function makeContinuousAggregate(session: Session, facts: SampleFacts): Promise<string | undefined> {
  const before = facts.relations.find(({ name }) => name === aggregateName)?.kind
  if (before === 'continuous aggregate') {
    await session.query(`TRUNCATE ${aggregateName}`)
    return undefined
  }
  const clear = before === undefined ? '' : `DROP MATERIALIZED VIEW ${aggregateName};\n`
  const refusal = await session.attempt(clear + (await sql('continuous_aggregate')))
  if (refusal === undefined) return undefined
  const [row] = await session.query<{ license: string | null }>(
    `SELECT current_setting('timescaledb.license', true) AS license`,
  )
  return whyNoContinuousAggregate(row?.license ?? null, refusal)
}

/**
 * Fills the continuous aggregate and has the server keep it up to date. Cannot be a part of the transaction that
 * loads the rows: a refresh commits on its own.
 */
export async function refreshContinuousAggregate(session: Session, facts: SampleFacts): Promise<void> {
  const extension = quote(extensionSchemaOf(facts))
  const aggregate = quote(facts.schema, aggregateName)
  await session.query(`CALL ${extension}.refresh_continuous_aggregate($1, NULL, NULL)`, [aggregate])
  await session.transaction(async () => {
    await useSchemas(session, facts.schema, extensionSchemaOf(facts))
    await session.query(await sql('refresh_policy'))
  })
}

/** CREATE EXTENSION is told to use the schema of the tables. */
const extensionSchemaOf = (facts: SampleFacts): string => facts.extensionSchema ?? facts.schema
