import { activityQuery } from './activity.ts'
import type { Query } from './query.ts'
import { settingsQuery } from './settings.ts'
import { statementsQuery } from './statements.ts'
import { timescaleQuery } from './timescale.ts'
import { writeAheadLogQuery } from './write_ahead_log.ts'

/** In the order in which they are asked; the server itself before all of them. */
export const queries: readonly Query[] = [
  activityQuery,
  settingsQuery,
  statementsQuery,
  timescaleQuery,
  writeAheadLogQuery,
]
