import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { withFullEdition } from './timescale.ts'

export const continuousAggregateLag = check({
  number: '0604',
  name: 'continuous_aggregate_lag',
  title: 'Continuous aggregate that is behind its policy',
  severity: 'warning',
  why: 'Its policy says how far it is refreshed, and it is not. Queries see old figures, or, with real-time aggregation, work out the missing part from the raw rows each time, and become slow.',
  mend: 'See whether the job fails, is paused, or takes longer than its schedule. Then run it once by hand.',
  source: 'https://www.tigerdata.com/docs/build/continuous-aggregates/refresh-policies',
  needs: ['server', 'timescale'],
  thresholds: {
    runs: { default: 3, unit: 'runs', meaning: 'it is behind by as long as so many runs of its schedule' },
    seconds: { default: 3600, unit: 'seconds', meaning: 'and by at least so long' },
  },
  find: (facts, { runs, seconds }) =>
    withFullEdition(facts, ({ continuous_aggregates }) =>
      continuous_aggregates.flatMap(({ id, refresh, lag_seconds: lag, watermark }) => {
        if (refresh === null || lag === null || lag <= 0) return []
        if (lag < Math.max(seconds, runs * refresh.schedule_seconds)) return []
        return [
          {
            object: id,
            reason: `It is ${formatDuration(lag)} behind what its policy promises; ${watermark === null ? 'nothing was materialised yet' : `it is materialised until ${watermark}`}.`,
            sql: `CALL run_job(${refresh.job});`,
            worth: lag,
          },
        ]
      }),
    ),
})
