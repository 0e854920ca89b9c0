import type { Check } from './check.ts'

/** Every check, by number. A new one is a file of its own and a line here. */
export const checks: readonly Check[] = []
