import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'columns that mean a moment, in one finding for each table',
      sql: `CREATE TABLE orders (created_at timestamp, "shippedAt" timestamp, updated_at timestamp(3), paid_at timestamptz);
        CREATE TABLE events (ts timestamp) PARTITION BY RANGE (ts);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');`,
    },
    {
      title: "a hypertable's time, whatever its name",
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings ("when" timestamp NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'when')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
      ],
    },
  ],
  quiet: [
    {
      title: 'with a time zone; of a name that may mean what a clock shows; in a view',
      sql: `CREATE TABLE a (created_at timestamptz, opens timestamp, birthday date, at time);
        CREATE VIEW b AS SELECT now()::timestamp AS created_at;`,
    },
    {
      title: "a hypertable's time with a time zone, or of whole numbers",
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'time')",
        'CREATE TABLE counts (at bigint NOT NULL, n int)',
        "SELECT create_hypertable('counts', 'at', chunk_time_interval => 1000)",
      ],
    },
  ],
}
