import type { Inventory } from '../catalog/inventory.ts'
import { atMost, inLine, presence } from './differences.ts'

type Timescale = Pick<Inventory, 'hypertables' | 'continuous_aggregates' | 'jobs'>

/** What of TimescaleDB’s is not as it was. */
export const compareTimescale = (before: Timescale, after: Timescale): string[] => [
  ...compareNamed(before.hypertables, after.hypertables, ({ name }) => name, 'hypertable', hypertable),
  ...compareNamed(
    before.continuous_aggregates,
    after.continuous_aggregates,
    ({ name }) => name,
    'continuous aggregate',
    aggregate,
  ),
  ...compareNamed(before.jobs, after.jobs, jobName, 'job', job),
]

/** What is missing, what is new, and what of the others has changed. */
function compareNamed<T>(
  before: readonly T[],
  after: readonly T[],
  nameOf: (one: T) => string,
  word: string,
  changes: (was: T, is: T) => string[],
): string[] {
  const now = new Map(after.map(one => [nameOf(one), one]))
  const changed = before.flatMap(was => {
    const is = now.get(nameOf(was))
    return is === undefined ? [] : changes(was, is).map(change => `${word} ${inLine(nameOf(was))} ${change}`)
  })
  return [
    ...presence(word, `${word}s`, before.map(nameOf), after.map(nameOf)),
    ...atMost(changed, `${word}s`),
  ]
}

const hypertable = (
  was: Inventory['hypertables'][number],
  is: Inventory['hypertables'][number],
): string[] => [
  ...count(was.dimensions, is.dimensions, 'dimensions'),
  ...count(was.chunks, is.chunks, 'chunks'),
  ...count(was.compressed_chunks, is.compressed_chunks, 'compressed chunks'),
]

const count = (was: number, is: number, words: string): string[] =>
  was === is ? [] : [`has ${is} ${words} instead of ${was}`]

const aggregate = (
  was: Inventory['continuous_aggregates'][number],
  is: Inventory['continuous_aggregates'][number],
): string[] => [
  ...(was.hypertable === is.hypertable
    ? []
    : [`is made from ${inLine(is.hypertable)} instead of ${inLine(was.hypertable)}`]),
  ...(was.materialized_only === is.materialized_only
    ? []
    : [
        `${is.materialized_only ? 'shows materialized rows only' : 'adds rows that are not materialized'}, and did not`,
      ]),
]

type Job = Inventory['jobs'][number]

/** As “1001 (policy_retention of public.metrics)”. */
function jobName({ id, procedure, hypertable }: Job): string {
  const what = procedure.replace(/^_timescaledb_(functions|internal)\./, '')
  return `${id} (${what}${hypertable === null ? '' : ` of ${hypertable}`})`
}

const job = (was: Job, is: Job): string[] => [
  ...(was.scheduled === is.scheduled
    ? []
    : [is.scheduled ? 'is scheduled, and was not' : 'is not scheduled, and was']),
  ...(['owner', 'schedule_interval', 'config'] as const)
    .filter(field => was[field] !== is[field])
    .map(field => `has the ${field.replace('_', ' ')} ${shown(is[field])} instead of ${shown(was[field])}`),
]

const shown = (text: string | null): string => (text === null ? 'none' : inLine(text))
