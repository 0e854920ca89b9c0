import type { CheckCases } from '../case.ts'

const limits = { bytes: 0 }

export const cases: CheckCases = {
  fires: [
    {
      title: '(a) beside (a, b) and (a, b, c): the longest is named',
      sql: `CREATE TABLE t (a int, b int, c int); CREATE INDEX t_a ON t (a); CREATE INDEX t_ab ON t (a, b);
        CREATE INDEX t_abc ON t (a, b, c);`,
      limits,
    },
    {
      title: 'beside a unique one over the same columns',
      sql: 'CREATE TABLE t (a int PRIMARY KEY); CREATE INDEX t_a ON t (a);',
      limits,
    },
    {
      title: 'beside one that includes more, and partial as it is',
      sql: `CREATE TABLE t (a int, b int); CREATE INDEX t_a ON t (a) WHERE b > 0;
        CREATE INDEX t_a_b ON t (a) INCLUDE (b) WHERE b > 0;`,
      limits,
    },
    {
      title: 'of a hypertable',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
        "SELECT create_hypertable('readings', 'time', create_default_indexes => false)",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        'CREATE INDEX readings_device ON readings (device)',
        'CREATE INDEX readings_device_time ON readings (device, time DESC)',
      ],
      limits,
    },
  ],
  quiet: [
    {
      title: 'the columns are not the first ones',
      sql: 'CREATE TABLE t (a int, b int); CREATE INDEX ON t (b); CREATE INDEX ON t (a, b);',
      limits,
    },
    {
      title: '(t) and (t DESC, a) differ',
      sql: 'CREATE TABLE t (t int, a int); CREATE INDEX ON t (t); CREATE INDEX ON t (t DESC, a);',
      limits,
    },
    {
      title: 'the shorter one is unique, or of a constraint',
      sql: `CREATE TABLE t (a int PRIMARY KEY, b int, c int UNIQUE); CREATE UNIQUE INDEX ON t (b);
        CREATE INDEX ON t (a, b); CREATE INDEX ON t (b, c); CREATE INDEX ON t (c, a);`,
      limits,
    },
    {
      title: 'one is partial; operator class or collation differ; not a B-tree',
      sql: `CREATE TABLE t (a text, b int); CREATE INDEX ON t (a); CREATE INDEX ON t (a, b) WHERE b > 0;
        CREATE INDEX ON t (a text_pattern_ops, b); CREATE INDEX ON t (a COLLATE "C", b);
        CREATE TABLE u (a int, b int); CREATE INDEX ON u USING brin (a); CREATE INDEX ON u USING brin (a, b);
        CREATE INDEX ON u USING hash (a); CREATE INDEX ON u (a, b);`,
      limits,
    },
    {
      title: 'it includes what the longer one does not have',
      sql: 'CREATE TABLE t (a int, b int, c int); CREATE INDEX ON t (a) INCLUDE (c); CREATE INDEX ON t (a, b);',
      limits,
    },
    {
      title: 'the longer one is invalid',
      sql: [
        'CREATE TABLE t (a int, b int); CREATE INDEX ON t (a); CREATE INDEX longer ON t (a, b)',
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'longer'::regclass",
      ],
      limits,
    },
    {
      title: 'too small to be worth it',
      sql: 'CREATE TABLE t (a int, b int); CREATE INDEX ON t (a); CREATE INDEX ON t (a, b);',
    },
  ],
}
