import type { CheckCases } from '../case.ts'

export const cases: CheckCases = {
  fires: [
    {
      title: 'an integer that refers to a bigint',
      sql: `CREATE TABLE customers (id bigint PRIMARY KEY);
        CREATE TABLE orders (id bigint PRIMARY KEY, customer int REFERENCES customers);`,
    },
    {
      title: 'a bigint that refers to an integer: the referenced column is the one to widen',
      sql: `CREATE TABLE customers (id int PRIMARY KEY);
        CREATE TABLE orders (id int PRIMARY KEY, customer bigint REFERENCES customers);`,
    },
    {
      title: 'one of two columns',
      sql: `CREATE TABLE "Lots" (site int, lot numeric, PRIMARY KEY (site, lot));
        CREATE TABLE parts (site int, "Lot" int, FOREIGN KEY (site, "Lot") REFERENCES "Lots");`,
    },
  ],
  quiet: [
    {
      title: 'the same type',
      sql: 'CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a);',
    },
    {
      title: 'texts of other lengths are compared alike',
      sql: `CREATE TABLE a (id varchar(10) PRIMARY KEY);
        CREATE TABLE b (a varchar(20) REFERENCES a); CREATE TABLE c (a text REFERENCES a);`,
    },
    {
      title: 'a domain over the same type',
      sql: `CREATE DOMAIN key AS bigint CHECK (VALUE > 0);
        CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (a key REFERENCES a);`,
    },
  ],
}
