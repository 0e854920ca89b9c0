import { activityQuery } from './activity.ts'
import { bloatQuery } from './bloat.ts'
import { columnsQuery } from './columns.ts'
import { constraintsQuery } from './constraints.ts'
import { extensionsQuery } from './extensions.ts'
import { functionsQuery } from './functions.ts'
import { grantsQuery } from './grants.ts'
import { indexesQuery } from './indexes.ts'
import { policiesQuery } from './policies.ts'
import type { AnyQuery } from './query.ts'
import { relationsQuery } from './relations.ts'
import { rolesQuery } from './roles.ts'
import { schemasQuery } from './schemas.ts'
import { sequencesQuery } from './sequences.ts'
import { settingsQuery } from './settings.ts'
import { statementsQuery } from './statements.ts'
import { timescaleQuery } from './timescale.ts'
import { triggersQuery } from './triggers.ts'
import { typesQuery } from './types.ts'
import { viewsQuery } from './views.ts'
import { wraparoundQuery } from './wraparound.ts'
import { writeAheadLogQuery } from './write_ahead_log.ts'

/** In the order in which they are asked; the server itself before all of them. */
export const queries: readonly AnyQuery[] = [
  activityQuery,
  bloatQuery,
  columnsQuery,
  constraintsQuery,
  extensionsQuery,
  functionsQuery,
  grantsQuery,
  indexesQuery,
  policiesQuery,
  relationsQuery,
  rolesQuery,
  schemasQuery,
  sequencesQuery,
  settingsQuery,
  statementsQuery,
  timescaleQuery,
  triggersQuery,
  typesQuery,
  viewsQuery,
  wraparoundQuery,
  writeAheadLogQuery,
]
