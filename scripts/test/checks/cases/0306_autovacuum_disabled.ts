import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    { title: 'a table', sql: 'CREATE TABLE t (a int) WITH (autovacuum_enabled = off)' },
    {
      title: 'one of two partitions',
      sql: `CREATE TABLE "P" (a int) PARTITION BY RANGE (a);
        CREATE TABLE p1 PARTITION OF "P" FOR VALUES FROM (1) TO (500) WITH (autovacuum_enabled = false);
        CREATE TABLE p2 PARTITION OF "P" FOR VALUES FROM (500) TO (9000);`,
    },
    {
      title: 'a hypertable: with its chunks',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        'ALTER TABLE readings SET (autovacuum_enabled = false)',
      ],
    },
    {
      title: 'the whole server',
      async arrange({ client, connect, afterwards }) {
        await client.query('ALTER SYSTEM SET autovacuum = off')
        afterwards(async () => {
          await client.query('ALTER SYSTEM RESET autovacuum')
          await client.query('SELECT pg_reload_conf()')
        })
        await client.query('SELECT pg_reload_conf()')
        for (;;) {
          const { rows } = await (await connect()).query('SHOW autovacuum')
          if (rows[0].autovacuum === 'off') return
        }
      },
    },
  ],
  quiet: [
    {
      title: 'other settings of a table, and switched on',
      sql: `CREATE TABLE a (a int) WITH (autovacuum_enabled = true); CREATE TABLE b (a int) WITH (fillfactor = 50);`,
    },
    {
      title: 'TimescaleDB itself switches it off for compressed chunks',
      needs: 'timescale',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        "ALTER TABLE readings SET (timescaledb.compress, timescaledb.compress_segmentby = 'n')",
        "SELECT compress_chunk(c) FROM show_chunks('readings') c",
      ],
    },
  ],
}
