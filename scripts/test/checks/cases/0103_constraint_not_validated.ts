import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'a check and a foreign key that are NOT VALID',
      sql: `CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int, n int);
        ALTER TABLE b ADD CONSTRAINT "positive n" CHECK (n > 0) NOT VALID;
        ALTER TABLE b ADD CONSTRAINT b_a FOREIGN KEY (a) REFERENCES a NOT VALID;`,
    },
    {
      title: 'of a hypertable, once and not for each chunk',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (time timestamptz NOT NULL, n int)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
        'ALTER TABLE readings ADD CONSTRAINT positive CHECK (n > 0) NOT VALID',
      ],
    },
    {
      title: 'NOT NULL that is NOT VALID',
      from: 18,
      sql: 'CREATE TABLE t (a int); ALTER TABLE t ADD CONSTRAINT a_given NOT NULL a NOT VALID;',
    },
  ],
  quiet: [
    {
      title: 'NOT ENFORCED is no promise, and NOT NULL that is checked is none that is missing',
      from: 18,
      sql: 'CREATE TABLE t (a int NOT NULL CHECK (a > 0) NOT ENFORCED)',
    },
    {
      title: 'constraints that are valid, one of them since VALIDATE',
      sql: `CREATE TABLE a (id int PRIMARY KEY, n int CHECK (n > 0), b int REFERENCES a);
        ALTER TABLE a ADD CONSTRAINT later CHECK (n < 10) NOT VALID;
        ALTER TABLE a VALIDATE CONSTRAINT later;`,
    },
  ],
}
