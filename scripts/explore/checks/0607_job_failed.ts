import { check } from './check.ts'
import { withFullEdition } from './timescale.ts'
import { plural } from './words.ts'

export const jobFailed = check({
  number: '0607',
  name: 'job_failed',
  title: 'Job that fails',
  severity: 'warning',
  why: 'Jobs refresh, compress and delete by themselves. When one fails nobody is told: figures become old, or the disk full, until somebody notices.',
  mend: 'Read the error, mend its cause, and run the job once by hand to see that it works.',
  source: 'https://www.tigerdata.com/docs/reference/timescaledb/informational-views/job_errors',
  needs: ['server', 'timescale'],
  // In the Apache edition TimescaleDB’s own job fails each hour, for what it does is not part of that edition.
  find: facts =>
    withFullEdition(facts, ({ jobs, errors_visible }) =>
      jobs.flatMap(job => {
        // Telemetry fails wherever there is no internet, and nothing is lost by it.
        if (job.last_status !== 'Failed' || job.procedure.endsWith('.policy_telemetry')) return []
        const why =
          job.last_error ??
          (errors_visible ? 'it left no message' : `role ${facts.server.role} may not see its message`)
        const times = Math.max(1, job.consecutive_failures ?? 1)
        return [
          {
            object: job.hypertable ?? '',
            reason: `The last ${times === 1 ? 'run' : plural(times, 'run')} of job ${job.id} (${job.procedure}${job.hypertable ? ` on ${job.hypertable}` : ''}) failed: ${why}.`,
            sql: `CALL run_job(${job.id});`,
            worth: times,
          },
        ]
      }),
    ),
})
