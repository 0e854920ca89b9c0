import type { Query } from './query.ts'
import { readContinuousAggregates } from './timescale_aggregates.ts'
import { readHypertables } from './timescale_hypertables.ts'
import { readJobs } from './timescale_jobs.ts'

/** For TimescaleDB 2.18 and newer, in both editions: eight statements, three more where hypertables count in integers. */
export const timescaleQuery: Query<'timescale'> = {
  name: 'timescale',
  subject: 'what TimescaleDB keeps: hypertables, continuous aggregates and jobs',
  async read(ask, server) {
    if (server.timescaledb_version === null) return null
    const [seen] = await ask(`
      SELECT pg_has_role(d.datdba, 'MEMBER') AS errors_visible
      FROM pg_database d WHERE d.datname = current_database()`)
    const { hypertables, sums } = await readHypertables(ask)
    return {
      hypertables,
      continuous_aggregates: await readContinuousAggregates(ask, sums),
      jobs: await readJobs(ask),
      errors_visible: seen.errors_visible,
    }
  },
}
