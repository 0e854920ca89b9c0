import { aggregateName } from './relations.ts'

/** What came of it on this server. A reason (`why…`) is undefined when the thing is there. */
export type Outcome = {
  database: string
  /** The tables were the sample's own, from an earlier run. */
  reloaded: boolean
  extensionCreated: boolean
  whyNoHypertables: string | undefined
  whyNoAggregate: string | undefined
}

/** One sentence or three for each thing that a user would not expect, in the words of a beginner. */
export function notesOf(outcome: Outcome): string[] {
  const { database, reloaded, extensionCreated, whyNoHypertables, whyNoAggregate } = outcome
  const notes: string[] = []
  if (reloaded) notes.push('The sample was here already: its rows were replaced.')
  if (extensionCreated) {
    notes.push(
      `Database “${database}” did not use TimescaleDB yet; now it does (CREATE EXTENSION timescaledb).`,
    )
  }
  if (whyNoHypertables !== undefined) {
    notes.push(
      `meteo_metrics, power_metrics and health_metrics are ordinary tables instead of hypertables, because ${whyNoHypertables}. ` +
        'They have the same rows and answer the same queries; they are just not kept in a chunk for each day.',
    )
  }
  if (whyNoAggregate !== undefined) {
    notes.push(
      `${aggregateName} is a materialized view instead of a continuous aggregate, because ${whyNoAggregate}. ` +
        'It has the same columns and rows, but does not follow new rows by itself: ' +
        `REFRESH MATERIALIZED VIEW ${aggregateName}; brings it up to date.`,
    )
  }
  return notes
}

/** `license` as the setting timescaledb.license has it; `message` is what the server answered. */
export const whyNoContinuousAggregate = (license: string | null, message: string): string =>
  license === 'apache'
    ? 'this server has the Apache edition of TimescaleDB, and only the Community edition has continuous aggregates'
    : `the server refused it (${message})`
