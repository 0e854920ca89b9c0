import { columnsQuery } from './columns.ts'
import { constraintsQuery } from './constraints.ts'
import { indexesQuery } from './indexes.ts'
import type { AnyQuery } from './query.ts'
import { relationsQuery } from './relations.ts'

/** In the order in which they are asked; the server itself before all of them. */
export const queries: readonly AnyQuery[] = [columnsQuery, constraintsQuery, indexesQuery, relationsQuery]
