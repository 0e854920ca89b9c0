import type { Client } from 'pg'

/** What must be the same before and after: each table's rows, each sequence, and TimescaleDB's jobs. */
export type Fingerprint = {
  tables: Record<string, { rows: number; hash: string }>
  sequences: Record<string, string>
  jobs: string[]
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`

/**
 * Counts and hashes every row of every table of users in a database. The sum of the rows' hashes does not depend on
 * their order. Unlogged tables are left out: they are empty after a restore, as PostgreSQL's manual says.
 */
export async function fingerprint(client: Client): Promise<Fingerprint> {
  const { rows: relations } = await client.query<{ schema: string; name: string }>(`
    SELECT n.nspname AS schema, c.relname AS name
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence = 'p' AND NOT c.relispartition
       AND n.nspname !~ '^(pg_|information_schema$|_?timescaledb_)'
     ORDER BY 1, 2`)
  const tables: Fingerprint['tables'] = {}
  for (const { schema, name } of relations) {
    const table = `${identifier(schema)}.${identifier(name)}`
    const { rows } = await client.query(
      `SELECT count(*)::float8 AS rows, coalesce(sum(hashtextextended(t::text, 0)), 0)::text AS hash FROM ${table} t`,
    )
    tables[`${schema}.${name}`] = rows[0]
  }
  const { rows: sequences } = await client.query<{ name: string; value: string }>(`
    SELECT schemaname || '.' || sequencename AS name, coalesce(last_value::text, 'unused') AS value
      FROM pg_sequences WHERE schemaname !~ '^_?timescaledb_' ORDER BY 1`)
  return {
    tables,
    sequences: Object.fromEntries(sequences.map(s => [s.name, s.value])),
    jobs: await readJobs(client),
  }
}

async function readJobs(client: Client): Promise<string[]> {
  const { rows: present } = await client.query(
    `SELECT to_regclass('timescaledb_information.jobs') IS NOT NULL AS there`,
  )
  if (!present[0].there) return []
  const { rows } = await client.query(`
    SELECT job_id || ' ' || application_name || ' every ' || schedule_interval || ' ' || coalesce(config::text, '') AS job
      FROM timescaledb_information.jobs ORDER BY job_id`)
  return rows.map(row => row.job)
}

/** Names of what differs; none where both are equal. */
export function differences(before: Fingerprint, after: Fingerprint): string[] {
  const tables = new Set([...Object.keys(before.tables), ...Object.keys(after.tables)])
  const sequences = new Set([...Object.keys(before.sequences), ...Object.keys(after.sequences)])
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)
  return [
    ...[...tables]
      .filter(name => !same(before.tables[name], after.tables[name]))
      .map(name => `table ${name}`),
    ...[...sequences]
      .filter(name => before.sequences[name] !== after.sequences[name])
      .map(name => `sequence ${name}`),
    ...(same(before.jobs, after.jobs) ? [] : ['the list of jobs']),
  ]
}
