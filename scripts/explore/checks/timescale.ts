import type { Facts, HypertableFacts, JobFacts, ServerFacts, TimescaleFacts } from '../facts.ts'
import type { Found, NotApplicable, NotAssessed } from './check.ts'
import { quoteLiteral } from './words.ts'

type Answer = readonly Found[] | NotAssessed | NotApplicable

/** Without TimescaleDB there is nothing to judge. */
export const withTimescale = (
  timescale: Facts['timescale'],
  judge: (facts: TimescaleFacts) => Answer,
): Answer =>
  timescale === null ? { not_applicable: 'TimescaleDB is not installed in this database.' } : judge(timescale)

/** The Apache edition has no compression, no continuous aggregates and no policies: nobody can be told to use them. */
export const withFullEdition = (
  { timescale, server }: { timescale: Facts['timescale']; server: ServerFacts },
  judge: (facts: TimescaleFacts) => Answer,
): Answer =>
  withTimescale(timescale, facts =>
    server.timescaledb_license === 'apache'
      ? { not_applicable: 'The Apache edition of TimescaleDB does not have this.' }
      : judge(facts),
  )

export const policyOf = (
  { jobs }: TimescaleFacts,
  hypertable: string,
  kind: JobFacts['kind'],
): JobFacts | undefined => jobs.find(job => job.hypertable === hypertable && job.kind === kind)

/** The dimension that is first: time. */
export const timeOf = (hypertable: HypertableFacts): HypertableFacts['dimensions'][number] | undefined =>
  hypertable.dimensions[0]

/** Seconds as an interval that a person would write. */
export function interval(seconds: number): string {
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
  ] as const
  const [unit, size] = units.find(([, length]) => seconds >= length) ?? (['second', 1] as const)
  const count = Math.max(1, Math.round(seconds / size))
  return `INTERVAL '${count} ${unit}${count === 1 ? '' : 's'}'`
}

/** Chunks that are made from now on are so many times as long as now. */
export function changeInterval(hypertable: HypertableFacts, times: number): string {
  const dimension = timeOf(hypertable)
  const length = Number(dimension?.interval ?? 0) * times
  const isInteger = dimension?.interval === dimension?.interval_text
  const value = isInteger ? String(Math.max(1, Math.round(length))) : interval(length / 1_000_000)
  return `-- Only for chunks that are made from now on.\nSELECT set_chunk_time_interval(${quoteLiteral(hypertable.id)}, ${value});`
}
