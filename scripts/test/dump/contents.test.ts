import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DumpMetadata } from '../../catalog/metadata.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

async function database(name: string, sql: string, options = ''): Promise<void> {
  await toolkit.sql(`CREATE DATABASE ${quoted(name)} ${options}`)
  if (sql !== '') await toolkit.sql(sql, name)
}

const dump = async (name: string, ...args: string[]): Promise<DumpMetadata> =>
  (await toolkit.json('dump.ts', ['--db', name, ...args])).metadata

/** Extensions may have rows of their own in a dump. */
const rowsOf = ({ table_counts }: DumpMetadata): number =>
  Object.values(table_counts).reduce((a, b) => a + b, 0)

test('names with quotes, slashes, line ends, unicode, of the database and in it', async () => {
  const tables = [
    `it's "q"`,
    'line\nend',
    'tab\tand \\ back',
    'größe 表 🐘',
    'sep\u2028arator',
    '*',
    'a.b',
    '$x',
  ]
  const make = tables.map(
    (name, i) =>
      `CREATE TABLE ${quoted(name)} (${quoted(`c ${name}`)} int);
       INSERT INTO ${quoted(name)} SELECT generate_series(1, ${i});`,
  )
  const name = 'we "ird"=1 / ü'
  await database(name, `${make.join('\n')} CREATE SCHEMA "S, 1"; CREATE TABLE "S, 1"."x;y" AS SELECT 1 AS n`)
  const counts = Object.fromEntries([
    ...tables.map((table, i) => [`public.${quoted(table)}`, i]),
    ['"S, 1"."x;y"', 1],
  ])
  const metadata = await dump(name, '--format', 'directory')
  expect(metadata).toMatchObject({ database_name: name, table_counts: counts })
  expect(metadata.id).toMatch(/^we%20%22ird%22%3D1%20%2F%20ü_dev_/)
  const some = await dump(name, '--format', 'plain', '--tables', '"*","a.b","it\'s ""q"""')
  expect(Object.keys(some.table_counts).sort()).toEqual(['public."*"', 'public."a.b"', `public."it's ""q"""`])
  expect(some.contents.data_tables).toBe(3)
})

test('an empty database', async () => {
  await database('empty', '', 'TEMPLATE template0')
  expect(await dump('empty')).toMatchObject({ table_counts: {}, contents: { data_tables: 0, rows: 0 } })
})

test('a database in another encoding, with names that have no ASCII', async () => {
  await database(
    'latin',
    'CREATE TABLE "straße" AS SELECT 1 AS n',
    "ENCODING LATIN1 LOCALE 'C' TEMPLATE template0",
  )
  const metadata = await dump('latin')
  expect(metadata).toMatchObject({ database: { encoding: 'LATIN1' }, table_counts: { 'public."straße"': 1 } })
})

test('columns of every kind, partitions, another server’s among them, inheritance, large objects, what is not logged', async () => {
  await database(
    'kinds',
    `CREATE DOMAIN positive AS int CHECK (VALUE > 0); CREATE TYPE mood AS ENUM ('sad', 'it''s ok');
     CREATE TYPE pair AS (a int, b text);
     CREATE TABLE kinds (i int[], r tstzrange, m int4multirange, j jsonb, b bytea, d positive, e mood, p pair,
       t tsvector, x xml, u uuid, n numeric, id int GENERATED ALWAYS AS IDENTITY,
       twice numeric GENERATED ALWAYS AS (n * 2) STORED, s serial);
     INSERT INTO kinds (i, r, m, j, b, d, e, p, t, x, u, n) VALUES
       ('{{1,2},{3,NULL}}', '[2026-01-01,)', '{[1,2),[5,9)}', '{"a": "\\\\. \\n"}', '\\x0a5c2e0a00ff', 1, 'it''s ok',
        ROW(1, E'a\\\\.\\nb'), 'a fat cat', '<a/>', gen_random_uuid(), 'NaN'),
       (NULL, NULL, NULL, NULL, convert_to(E'\\n\\\\.\\n', 'UTF8'), NULL, NULL, NULL, NULL, NULL, NULL, NULL);
     CREATE TABLE odd_rows (text text);
     INSERT INTO odd_rows VALUES (E'\\\\.'), (E'\\n\\\\.\\n'), ('COPY x FROM stdin;'), (E'-- Data for Name: odd'), (''), (NULL);
     CREATE TABLE bare (); INSERT INTO bare DEFAULT VALUES; INSERT INTO bare DEFAULT VALUES;
     CREATE TABLE parts (n int) PARTITION BY RANGE (n);
     CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (10);
     CREATE TABLE parts_b PARTITION OF parts FOR VALUES FROM (10) TO (20) PARTITION BY LIST (n);
     CREATE TABLE parts_b_1 PARTITION OF parts_b DEFAULT;
     CREATE EXTENSION file_fdw; CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
     CREATE FOREIGN TABLE elsewhere PARTITION OF parts FOR VALUES FROM (20) TO (30) SERVER files OPTIONS (filename '/no such file');
     INSERT INTO parts SELECT generate_series(0, 16);
     CREATE TABLE base (n int); CREATE TABLE child () INHERITS (base); CREATE TABLE other (n int);
     CREATE TABLE two () INHERITS (base, other);
     INSERT INTO base VALUES (1); INSERT INTO child VALUES (2), (3); INSERT INTO two VALUES (4), (5), (6);
     CREATE UNLOGGED TABLE fast AS SELECT generate_series(1, 4) AS n;
     CREATE MATERIALIZED VIEW seen AS SELECT * FROM base;
     CREATE TABLE secret (n int); ALTER TABLE secret ENABLE ROW LEVEL SECURITY; ALTER TABLE secret FORCE ROW LEVEL SECURITY;
     INSERT INTO secret VALUES (1), (2); SELECT lo_from_bytea(0, '\\x00ff5c2e0a');`,
  )
  const counts = {
    kinds: 2,
    odd_rows: 6,
    bare: 2,
    parts: 17,
    base: 1,
    child: 2,
    two: 3,
    other: 0,
    fast: 4,
    secret: 2,
  }
  const all = await dump('kinds')
  expect(all.table_counts).toEqual(
    Object.fromEntries(Object.entries(counts).map(([name, rows]) => [`public.${name}`, rows])),
  )
  expect(all.contents.rows).toBeGreaterThanOrEqual(39)
  // Partitions go with their table, and a child of a table stays out with what it inherits from.
  const { table_counts, contents } = await dump('kinds', '--tables', 'parts,base')
  expect(table_counts).toEqual({ 'public.parts': 17, 'public.base': 1 })
  expect(contents).toMatchObject({ data_tables: 3, rows: 18 })
  const rest = await dump(
    'kinds',
    ...['--only', 'data', '--format', 'plain', '--exclude-tables', 'kinds,parts'],
  )
  expect(rowsOf(rest)).toBe(39 - 2 - 17)
})

test.skipIf(!soak)(`definitions alone, and one schema${whyNotNow}`, async () => {
  expect(await dump('kinds', '--only', 'schema')).toMatchObject({ table_counts: {}, contents: { rows: 0 } })
  expect((await dump('kinds', '--only', 'data', '--schema', 'public')).contents.rows).toBe(39)
})
