import type { CheckCases } from '../case.ts'

const limits = { days: 0, bytes: 0 }
const table = `CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
  INSERT INTO orders SELECT i, i, i FROM generate_series(1, 1000) i;
  CREATE INDEX orders_customer ON orders (customer);`
const hypertable = [
  'CREATE TABLE readings (time timestamptz NOT NULL, device int)',
  "SELECT create_hypertable('readings', 'time', create_default_indexes => false)",
  "INSERT INTO readings SELECT '2024-01-01'::timestamptz + i * interval '1 day', i FROM generate_series(1, 30) i",
  'CREATE INDEX readings_device ON readings (device)',
]
const partitioned = `CREATE TABLE events (id int, kind int) PARTITION BY RANGE (id);
  CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
  CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (100) TO (200);
  INSERT INTO events SELECT i, i FROM generate_series(1, 150) i;
  CREATE INDEX events_kind ON events (kind);`
/** By the index: the planner is told that everything else is dear. */
const byIndex = (read: string) => `SET enable_seqscan = off; SET enable_bitmapscan = off; ${read}`

export const cases: CheckCases = {
  fires: [
    { title: 'an index that nothing reads', sql: table, limits },
    {
      title: 'a definition of several lines stays a comment',
      sql: `${table} CREATE INDEX "of
notes" ON orders (note) WHERE note <> 'x
DROP TABLE orders;';`,
      limits,
    },
    { title: 'of a partitioned table: dropped on the parent, as a whole', sql: partitioned, limits },
    { title: 'of a hypertable: not CONCURRENTLY', needs: 'timescaledb', sql: hypertable, limits },
    {
      title: 'two that could support a foreign key: one of them stays',
      sql: `CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (customer int REFERENCES customers, note int);
        CREATE INDEX orders_customer ON orders (customer); CREATE INDEX orders_customer_note ON orders (customer, note);
        INSERT INTO customers SELECT 1; INSERT INTO orders SELECT 1, i FROM generate_series(1, 5000) i;`,
      limits,
    },
    {
      title: 'a partial index does not support the foreign key',
      sql: `CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (customer int REFERENCES customers);
        CREATE INDEX orders_customer ON orders (customer) WHERE customer > 0;`,
      limits,
    },
  ],
  quiet: [
    {
      title: 'an index that is read',
      sql: [table, byIndex('SELECT * FROM orders WHERE customer = 5')],
      limits,
    },
    {
      title: 'unique, primary, of a constraint, of an exclusion',
      sql: `CREATE TABLE t (id int PRIMARY KEY, a int UNIQUE, b int, c int4range, EXCLUDE USING gist (c WITH &&));
        CREATE UNIQUE INDEX ON t (b);`,
      limits,
    },
    {
      title: 'the replica identity, and what CLUSTER sorts by',
      sql: `CREATE TABLE a (id int NOT NULL); CREATE UNIQUE INDEX a_id ON a (id); ALTER TABLE a REPLICA IDENTITY USING INDEX a_id;
        CREATE TABLE b (id int); CREATE INDEX b_id ON b (id); ALTER TABLE b CLUSTER ON b_id;`,
      limits,
    },
    {
      title: 'of an extension',
      sql: `CREATE EXTENSION hstore; ${table} ALTER EXTENSION hstore ADD TABLE orders;`,
      limits,
    },
    {
      title: 'the only one that supports a foreign key, in whichever order',
      sql: `CREATE TABLE sites (a int, b int, PRIMARY KEY (a, b));
        CREATE TABLE parts (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES sites);
        CREATE INDEX parts_yxz ON parts (y, x, z);`,
      limits,
    },
    {
      title: 'an invalid one: that is another finding',
      sql: table,
      async arrange({ client }) {
        await client.query(
          "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_customer'::regclass",
        )
      },
      limits,
    },
    { title: 'too small to be worth it', sql: table, limits: { days: 0 } },
    {
      title: 'only the index of one partition is read: summed up to the parent',
      sql: [partitioned, byIndex('SELECT * FROM events WHERE id < 100 AND kind = 5')],
      limits,
    },
    {
      title: 'only the index of one chunk is read: summed up to the hypertable',
      needs: 'timescaledb',
      sql: [...hypertable, byIndex("SELECT * FROM readings WHERE time < '2024-01-04' AND device = 2")],
      limits,
    },
    {
      title: 'a column was dropped: the chunks number theirs otherwise, and are summed up all the same',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE readings (gone int, time timestamptz NOT NULL, device int)',
        'ALTER TABLE readings DROP COLUMN gone',
        "SELECT create_hypertable('readings', 'time', create_default_indexes => false)",
        'CREATE INDEX readings_device ON readings (device)',
        "INSERT INTO readings SELECT '2024-01-01'::timestamptz + i * interval '1 day', i FROM generate_series(1, 30) i",
        byIndex("SELECT * FROM readings WHERE time < '2024-01-04' AND device = 2"),
      ],
      limits,
    },
  ],
  says: [
    {
      title: 'statistics too young: the database was made just now',
      sql: table,
      limits: { bytes: 0 },
      outcome: 'not assessed',
      reason: /Insufficient data: the statistics of this database began 0 days ago, and 35 days/,
    },
    {
      title: 'statistics too young: they were reset just now',
      sql: `${table} SELECT pg_stat_reset();`,
      limits: { bytes: 0 },
      outcome: 'not assessed',
      reason: /Insufficient data: the statistics of this database began 0 days ago, and 35 days/,
    },
  ],
}
