import type { CheckCases } from '../case.ts'

const sites = 'CREATE TABLE sites (a int, b int, PRIMARY KEY (a, b));'

export const cases: CheckCases = {
  fires: [
    {
      title: 'no index: a notice; a large table, and deletes in the referenced one: a warning',
      sql: [
        `CREATE TABLE customers (id int PRIMARY KEY); INSERT INTO customers SELECT generate_series(1, 10);
         CREATE TABLE few (customer int REFERENCES customers);
         CREATE TABLE quiet_ones (id int PRIMARY KEY); INSERT INTO quiet_ones SELECT generate_series(1, 10);
         CREATE TABLE orders (customer int REFERENCES customers, quiet int REFERENCES quiet_ones);
         INSERT INTO orders SELECT 1, 1 FROM generate_series(1, 1000)`,
        'DELETE FROM customers WHERE id > 7',
        'VACUUM ANALYZE',
      ],
      limits: { bytes: 16_384 },
    },
    {
      title: 'a partial index does not support it, nor one that begins with another column, nor BRIN',
      sql: `CREATE TABLE customers (id int PRIMARY KEY); CREATE TABLE orders (id int, customer int REFERENCES customers);
        CREATE INDEX ON orders (customer) WHERE customer > 0; CREATE INDEX ON orders (id, customer);
        CREATE INDEX ON orders USING brin (customer); CREATE INDEX ON orders (id) INCLUDE (customer);`,
    },
    {
      title: 'an invalid index does not support it',
      sql: [
        `CREATE TABLE customers (id int PRIMARY KEY); CREATE TABLE orders (customer int REFERENCES customers);
         CREATE INDEX orders_customer ON orders (customer)`,
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_customer'::regclass",
      ],
    },
    {
      title: 'two columns, of which the index has one; names in quotes',
      sql: `${sites} CREATE TABLE parts (x int, "Y" int, FOREIGN KEY (x, "Y") REFERENCES sites); CREATE INDEX ON parts (x);`,
    },
    {
      title: 'of a partitioned table: one finding, and no CONCURRENTLY',
      sql: `CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (id int, customer int REFERENCES customers) PARTITION BY RANGE (id);
        CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (10);`,
    },
    {
      title: 'of a hypertable: one finding, and a transaction for each chunk',
      needs: 'timescaledb',
      sql: [
        'CREATE TABLE devices (id int PRIMARY KEY)',
        'INSERT INTO devices VALUES (1)',
        'CREATE TABLE readings (time timestamptz NOT NULL, device int REFERENCES devices)',
        "SELECT create_hypertable('readings', 'time')",
        "INSERT INTO readings VALUES ('2024-01-01', 1), ('2024-03-01', 1)",
      ],
    },
  ],
  quiet: [
    {
      title: 'an index whose first columns are those of the key, in any order',
      sql: `${sites} CREATE TABLE parts (x int, y int, z int, FOREIGN KEY (x, y) REFERENCES sites);
        CREATE INDEX ON parts (y, x, z);`,
    },
    {
      title: 'the primary key begins with it; a hash index',
      sql: `CREATE TABLE a (id int PRIMARY KEY);
        CREATE TABLE b (a int REFERENCES a, n int, PRIMARY KEY (a, n));
        CREATE TABLE c (a int REFERENCES a); CREATE INDEX ON c USING hash (a);`,
    },
    {
      title: 'partitions, each with the index of the parent',
      sql: `CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (id int, customer int REFERENCES customers) PARTITION BY RANGE (id);
        CREATE TABLE orders_1 PARTITION OF orders FOR VALUES FROM (0) TO (10); CREATE INDEX ON orders (customer);`,
    },
  ],
}
