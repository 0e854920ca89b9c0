import type { Query } from './query.ts'
import { timescaleQuery } from './timescale.ts'

/** In the order in which they are asked; the server itself before all of them. */
export const queries: readonly Query[] = [timescaleQuery]
