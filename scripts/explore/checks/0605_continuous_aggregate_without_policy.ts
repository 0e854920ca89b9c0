import { check } from './check.ts'
import { interval, withFullEdition } from './timescale.ts'
import { quoteLiteral } from './words.ts'

export const continuousAggregateWithoutPolicy = check({
  number: '0605',
  name: 'continuous_aggregate_without_policy',
  title: 'Continuous aggregate that nobody refreshes',
  severity: 'notice',
  why: 'Without a policy it is as old as its last refresh by hand. Queries see old figures, or work out more and more from the raw rows.',
  mend: 'Add a policy, or leave it where a program of yours calls refresh_continuous_aggregate. start_offset must not reach further back than the retention of the source.',
  source:
    'https://www.tigerdata.com/docs/reference/timescaledb/continuous-aggregates/add_continuous_aggregate_policy',
  needs: ['server', 'timescale'],
  find: facts =>
    withFullEdition(facts, ({ continuous_aggregates }) =>
      continuous_aggregates
        .filter(({ refresh }) => refresh === null)
        .map(({ id, bucket_seconds: bucket, watermark }) => ({
          object: id,
          reason: `It has no refresh policy; ${watermark === null ? 'nothing was ever materialised' : `it is materialised until ${watermark}`}.`,
          sql:
            bucket === null
              ? `-- offsets in units of the time column\nSELECT add_continuous_aggregate_policy(${quoteLiteral(id)}, start_offset => …, end_offset => …, schedule_interval => INTERVAL '1 hour');`
              : `SELECT add_continuous_aggregate_policy(${quoteLiteral(id)}, start_offset => ${interval(10 * bucket)},\n  end_offset => ${interval(bucket)}, schedule_interval => ${interval(bucket)});`,
        })),
    ),
})
