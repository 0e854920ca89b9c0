import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'public as it came from an older server, and another',
      sql: `GRANT CREATE ON SCHEMA public TO PUBLIC; CREATE SCHEMA "Shared"; GRANT ALL ON SCHEMA "Shared" TO PUBLIC;`,
    },
  ],
  quiet: [
    {
      title: 'everybody may look, and one role create',
      sql: `CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT CREATE ON SCHEMA app TO pg_monitor;`,
    },
  ],
}
