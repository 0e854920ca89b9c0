import type { FactName, Facts } from '../facts.ts'

/**
 * critical: data is being lost or will be, or the server will stop. warning: mend it soon. notice: worth knowing, or
 * worth an hour on a quiet day.
 */
export const severities = ['critical', 'warning', 'notice'] as const
export type Severity = (typeof severities)[number]

/** One thing that was found. */
export type Found = {
  /** What it is about: the id of a relation or an index, a role, a job; '' for the whole server. */
  object: string
  /** One sentence with the figures. */
  reason: string
  /** SQL that mends it, ready to be copied; where the right one cannot be known, comments say what to decide. */
  sql?: string
  /** How much it is worth to mend, to put findings of one severity in order: bytes, rows, seconds. Default 0. */
  worth?: number
  /** Where it differs from the check's own. */
  severity?: Severity
  /** The relation's id whose page should show it, where `object` is not that. */
  relation?: string
}

/** Not enough is known to say yes or no. */
export type NotAssessed = { not_assessed: string }
/** There is nothing here that it could be about. */
export type NotApplicable = { not_applicable: string }

export type Threshold = {
  default: number
  unit: string
  /** What happens at it, in a few words. */
  meaning: string
}

export type Check<N extends FactName = FactName, T extends string = string> = {
  /** Four digits: 01 schema, 02 indexes, 03 maintenance, 04 activity, 05 safety, 06 TimescaleDB. Never used again. */
  number: string
  /** As in the file's name. */
  name: string
  title: string
  severity: Severity
  /** Why it matters, for somebody who has never run a database. */
  why: string
  /** How to mend it, and what to look at before. */
  mend: string
  /** The page of a manual, or the article that the rule comes from. */
  source: string
  /** Which facts it needs; where one is not measured it is not assessed. */
  needs: readonly N[]
  thresholds?: Record<T, Threshold>
  /** Pure: no clock, no server. Durations come with the facts; `now` is when they were gathered. */
  find(
    facts: Pick<Facts, N>,
    limits: Record<T, number>,
    now: Date,
  ): readonly Found[] | NotAssessed | NotApplicable
}

/** Keeps the types of `needs` and `thresholds` between themselves. */
export const check = <N extends FactName, T extends string = never>(definition: Check<N, T>): Check =>
  definition as unknown as Check
