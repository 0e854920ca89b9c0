import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { withFullEdition } from './timescale.ts'
import { plural } from './words.ts'

export const schedulerDown = check({
  number: '0609',
  name: 'scheduler_down',
  title: 'TimescaleDB’s jobs do not run',
  severity: 'warning',
  why: 'Jobs are due and nobody starts them: nothing is refreshed, compressed or deleted any more.',
  mend: 'After a restore this toolkit holds all jobs, so that none deletes what was restored: make restart lets them run. Else see that timescaledb.max_background_workers and max_worker_processes are large enough, and start the scheduler.',
  source: 'https://www.tigerdata.com/docs/reference/timescaledb/jobs-automation',
  needs: ['server', 'settings', 'timescale'],
  thresholds: { seconds: { default: 900, unit: 'seconds', meaning: 'a job is overdue for longer' } },
  find: (facts, { seconds }) => {
    if (facts.server.in_recovery) return { not_applicable: 'This is a standby: jobs run on its primary.' }
    return withFullEdition(facts, ({ jobs }) => {
      const mine = jobs.filter(({ scheduled, internal }) => scheduled && !internal)
      const [first] = mine
      if (!first) return { not_applicable: 'There are no jobs but TimescaleDB’s own.' }
      const held = facts.settings['timescaledb.max_background_workers']?.setting === '0'
      // -infinity, while it runs, is no overdue moment; and one that waits its turn for a minute is none either.
      const late = mine
        .filter(({ overdue_seconds }) => (overdue_seconds ?? 0) >= seconds)
        .sort((a, b) => (b.overdue_seconds ?? 0) - (a.overdue_seconds ?? 0))
      if (!held && late.length === 0) return []
      const longest = late[0]?.overdue_seconds ?? 0
      return [
        {
          object: '',
          reason: held
            ? `timescaledb.max_background_workers is 0, so that none of ${plural(mine.length, 'job')} runs. A restore of this toolkit sets that, until make restart.`
            : `${plural(late.length, 'job is', 'jobs are')} overdue, job ${late[0]?.id} the longest: ${formatDuration(longest)}.`,
          sql: held
            ? '-- After a restore, in a shell: make restart\nALTER SYSTEM RESET timescaledb.max_background_workers;\n-- then restart the server.'
            : 'SELECT _timescaledb_functions.start_background_workers();',
          worth: longest,
        },
      ]
    })
  },
})
