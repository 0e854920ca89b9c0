import type { CheckCases, World } from '../case.ts'

const doubles = 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1)'
const failed = async ({ client }: World): Promise<void> => {
  await client.query('CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a)').catch(() => {})
  await client.query('DELETE FROM t')
}

export const cases: CheckCases = {
  fires: [
    {
      title: 'a unique index that failed for doubles, which are gone meanwhile',
      sql: doubles,
      arrange: failed,
    },
    {
      title: 'what REINDEX CONCURRENTLY left behind is only dropped',
      sql: 'CREATE TABLE t (a int); INSERT INTO t VALUES (1), (1); CREATE INDEX t_a ON t (a);',
      async arrange({ client }) {
        await client.query('CREATE UNIQUE INDEX CONCURRENTLY t_a_ccnew ON t (a)').catch(() => {})
      },
    },
    {
      title: 'of a hypertable, where a transaction for each chunk was cut off',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        'CREATE INDEX readings_device ON readings (device)',
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'readings_device'::regclass",
      ],
    },
  ],
  quiet: [
    { title: 'a valid index', sql: 'CREATE TABLE t (a int); CREATE INDEX ON t (a)' },
    {
      title: 'an index being built',
      sql: 'CREATE TABLE t (a int)',
      async arrange({ client, connect }) {
        const writer = await connect()
        await writer.query('BEGIN; INSERT INTO t VALUES (1)')
        const builder = await connect()
        builder.query('CREATE INDEX CONCURRENTLY t_a ON t (a)').catch(() => {})
        for (;;) {
          const { rows } = await client.query('SELECT FROM pg_index WHERE NOT indisvalid')
          if (rows.length > 0) return
          await new Promise(resolve => setTimeout(resolve, 50))
        }
      },
    },
    {
      title: 'of a partitioned table, whose partitions get theirs one by one',
      sql: `CREATE TABLE p (a int) PARTITION BY RANGE (a); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1);
        CREATE INDEX ON ONLY p (a);`,
    },
  ],
  says: [
    {
      title: 'a role that does not see what others are building',
      sql: doubles,
      async arrange(world) {
        await failed(world)
        await world.client.query("CREATE ROLE looker LOGIN PASSWORD 'p'")
        world.afterwards(() => world.client.query('DROP ROLE looker'))
      },
      as: { user: 'looker', password: 'p' },
      outcome: 'not assessed',
      reason: /Role looker does not see whether somebody is building an index/,
    },
  ],
}
