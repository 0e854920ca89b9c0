import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'a serial column at 80 %, an identity of smallint at 98 %',
      sql: `CREATE TABLE orders (id serial PRIMARY KEY); SELECT setval('orders_id_seq', 1717986918);
        CREATE TABLE kinds (id smallint GENERATED ALWAYS AS IDENTITY); SELECT setval('kinds_id_seq', 32000);`,
    },
    {
      title: 'a bigint sequence whose column is an integer: the column is the limit',
      sql: `CREATE TABLE orders (id int);
        CREATE SEQUENCE numbers OWNED BY orders.id; SELECT setval('numbers', 2000000000);`,
    },
    {
      title: 'one with a limit of its own, and one that counts down',
      sql: `CREATE SEQUENCE tickets MAXVALUE 1000; SELECT setval('tickets', 999);
        CREATE SEQUENCE down INCREMENT -1 MINVALUE -1000 MAXVALUE -1; SELECT setval('down', -900);`,
    },
  ],
  quiet: [
    { title: 'CYCLE begins anew', sql: `CREATE SEQUENCE s MAXVALUE 10 CYCLE; SELECT setval('s', 10);` },
    {
      title: 'never used: it has no value',
      sql: 'CREATE SEQUENCE s MAXVALUE 2; CREATE TABLE t (id serial);',
    },
    {
      title: 'far from the end, also where it counts down from the end',
      sql: `CREATE TABLE t (id bigserial); SELECT setval('t_id_seq', 2147483647);
        CREATE SEQUENCE down INCREMENT -1 MINVALUE 1 MAXVALUE 1000 START 1000; SELECT setval('down', 990);`,
    },
  ],
  says: [
    {
      title: 'a role that may not read it: nothing is known of it',
      outcome: 'not assessed',
      reason: /1 of 1 sequence may not be read/,
      sql: `CREATE SEQUENCE s MAXVALUE 10; SELECT setval('s', 10);`,
      async arrange({ client, afterwards }) {
        await client.query("CREATE ROLE looker LOGIN PASSWORD 'p'")
        afterwards(() => client.query('DROP ROLE looker'))
      },
      as: { user: 'looker', password: 'p' },
    },
  ],
}
