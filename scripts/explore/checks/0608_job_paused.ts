import { check } from './check.ts'
import { withFullEdition } from './timescale.ts'

export const jobPaused = check({
  number: '0608',
  name: 'job_paused',
  title: 'Job that is paused',
  severity: 'notice',
  why: 'Somebody switched it off, perhaps for an hour. It does not come back by itself, and what it should do is not done.',
  mend: 'Switch it on again, or delete it (delete_job) if nobody needs it.',
  source: 'https://www.tigerdata.com/docs/api/latest/jobs-automation/alter_job/',
  needs: ['server', 'timescale'],
  find: facts =>
    withFullEdition(facts, ({ jobs }) =>
      jobs
        .filter(({ scheduled, internal }) => !scheduled && !internal)
        .map(({ id, procedure, hypertable }) => ({
          object: hypertable ?? '',
          reason: `Job ${id} (${procedure}${hypertable ? ` on ${hypertable}` : ''}) is not scheduled.`,
          sql: `SELECT alter_job(${id}, scheduled => true);`,
        })),
    ),
})
