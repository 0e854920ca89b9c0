import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'the same twice: the one that is read less goes',
      sql: [
        'CREATE TABLE t (a int, b int); INSERT INTO t SELECT i, i FROM generate_series(1, 1000) i',
        'CREATE INDEX one ON t (a, b)',
        'SET enable_seqscan = off; SELECT * FROM t WHERE a = 5',
        'CREATE INDEX another ON t (a, b)',
      ],
    },
    {
      title: 'a unique index beside the primary key: the constraint stays',
      sql: 'CREATE TABLE t (id int PRIMARY KEY); CREATE UNIQUE INDEX t_again ON t (id);',
    },
    {
      title: 'the replica identity stays, though it comes after in the alphabet',
      sql: `CREATE TABLE t (a int NOT NULL); CREATE UNIQUE INDEX one ON t (a); CREATE UNIQUE INDEX other ON t (a);
        ALTER TABLE t REPLICA IDENTITY USING INDEX other;`,
    },
    {
      title: 'the same expression, predicate and INCLUDE',
      sql: `CREATE TABLE t (a text, b int);
        CREATE INDEX x ON t (lower(a)) INCLUDE (b) WHERE b > 0; CREATE INDEX y ON t (lower(a)) INCLUDE (b) WHERE b > 0;`,
    },
    {
      title: 'of a hypertable: once, and not for each chunk',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        'CREATE INDEX again ON readings (time DESC)',
      ],
    },
  ],
  quiet: [
    {
      title: '(t) and (t DESC) differ, as do NULLS FIRST and LAST',
      sql: `CREATE TABLE t (t int); CREATE INDEX ON t (t); CREATE INDEX ON t (t DESC);
        CREATE INDEX ON t (t NULLS FIRST);`,
    },
    {
      title: 'the order of the columns differs',
      sql: 'CREATE TABLE t (a int, b int); CREATE INDEX ON t (a, b); CREATE INDEX ON t (b, a);',
    },
    {
      title: 'expression, predicate, INCLUDE, method or uniqueness differ',
      sql: `CREATE TABLE t (a text, b int); CREATE INDEX ON t (lower(a)); CREATE INDEX ON t (upper(a));
        CREATE INDEX ON t (a); CREATE INDEX ON t (a) WHERE b > 0; CREATE INDEX ON t (a) WHERE b > 1;
        CREATE INDEX ON t (a) INCLUDE (b); CREATE INDEX ON t USING hash (a); CREATE UNIQUE INDEX ON t (a);`,
    },
    {
      title: 'operator class or collation differ',
      sql: `CREATE TABLE t (a text); CREATE INDEX ON t (a); CREATE INDEX ON t (a text_pattern_ops);
        CREATE INDEX ON t (a COLLATE "C");`,
    },
    {
      title: 'NULLs that are distinct, and NULLs that are not',
      sql: 'CREATE TABLE t (a int); CREATE UNIQUE INDEX ON t (a); CREATE UNIQUE INDEX ON t (a) NULLS NOT DISTINCT;',
    },
    {
      title: 'two constraints: neither is proposed',
      sql: 'CREATE TABLE t (a int UNIQUE); ALTER TABLE t ADD CONSTRAINT again UNIQUE (a);',
    },
    {
      title: 'two exclusions over the same columns',
      sql: `CREATE TABLE t (a int4range, EXCLUDE USING gist (a WITH &&), EXCLUDE USING gist (a WITH -|-));`,
    },
    {
      title: 'the same columns of two tables, and of partitions',
      sql: `CREATE TABLE a (x int); CREATE INDEX ON a (x); CREATE TABLE b (x int); CREATE INDEX ON b (x);
        CREATE TABLE p (x int) PARTITION BY RANGE (x); CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (1);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (1) TO (2); CREATE INDEX ON p (x);`,
    },
  ],
}
