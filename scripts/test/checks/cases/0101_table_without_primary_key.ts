import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'tables without any key, one with a name that has to be quoted',
      sql: `CREATE TABLE plain (a int); CREATE TABLE numbered (id int, a int);
        CREATE TABLE "a|b ""c"" <d>" (a int);`,
    },
    {
      title: 'unique over a column that may be NULL, over some of the rows, or over an expression',
      sql: `CREATE TABLE nullable (a int UNIQUE);
        CREATE TABLE partial (a int NOT NULL); CREATE UNIQUE INDEX ON partial (a) WHERE a > 0;
        CREATE TABLE expression (a text NOT NULL); CREATE UNIQUE INDEX ON expression (lower(a));`,
    },
    {
      title: 'a partitioned table is one finding, whatever its partitions have',
      sql: `CREATE TABLE parent (a int) PARTITION BY RANGE (a);
        CREATE TABLE part_1 PARTITION OF parent (PRIMARY KEY (a)) FOR VALUES FROM (0) TO (10);
        CREATE TABLE part_2 PARTITION OF parent FOR VALUES FROM (10) TO (20);`,
    },
    {
      title: 'a child by inheritance does not inherit the key',
      sql: 'CREATE TABLE parent (a int PRIMARY KEY); CREATE TABLE child () INHERITS (parent);',
    },
    {
      title: 'a hypertable without a unique index: a notice',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
      ],
    },
  ],
  quiet: [
    { title: 'a primary key', sql: 'CREATE TABLE t (a int PRIMARY KEY)' },
    {
      title: 'a unique index over columns that are never NULL',
      sql: 'CREATE TABLE t (a int NOT NULL, b int NOT NULL); CREATE UNIQUE INDEX ON t (a, b);',
    },
    {
      title: 'partitions of a table that has one',
      sql: `CREATE TABLE parent (a int PRIMARY KEY) PARTITION BY RANGE (a);
        CREATE TABLE part PARTITION OF parent FOR VALUES FROM (0) TO (10);`,
    },
    {
      title: 'views, and what belongs to an extension',
      sql: `CREATE VIEW v AS SELECT 1 AS a; CREATE MATERIALIZED VIEW m AS SELECT 1 AS a;
        CREATE TABLE t (a int); CREATE EXTENSION hstore; ALTER EXTENSION hstore ADD TABLE t;`,
    },
    {
      title: 'a hypertable that is unique over its time, and its chunks',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
        "SELECT create_hypertable('readings', 'time')",
        'CREATE UNIQUE INDEX ON readings (device, time)',
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
      ],
    },
  ],
}
