import type { CheckCases } from '../case.ts'

const set = (value: string): string =>
  `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET track_counts = ${value}', current_database()); END $$`

export const cases: CheckCases = {
  fires: [{ title: 'for this database', sql: set('off') }],
  quiet: [{ title: 'on, as it comes', sql: set('on') }],
}
