import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { noTimescale } from '../helpers/place.ts'
import { databases, dump, hashes, makeDatabase, restore, restoreAs } from '../helpers/restoring.ts'
import { soak } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import { hypertables } from '../inventory/objects.ts'

/** Some tables of a dump, definitions alone, rows alone. */
let toolkit: Toolkit
let id: string
const shop = [
  'CREATE TABLE customers (id int PRIMARY KEY, name text)',
  `CREATE TABLE "all orders" (id serial PRIMARY KEY, customer int REFERENCES customers, note text CHECK (note <> ''))`,
  'CREATE INDEX "by note" ON "all orders" (note)',
  `CREATE TABLE lines ("order" int REFERENCES "all orders", n int, PRIMARY KEY ("order", n))`,
  `CREATE FUNCTION count_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END'`,
  `INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 5) n`,
  `INSERT INTO "all orders" (customer, note) SELECT 1 + n % 5, 'n' || n FROM generate_series(1, 40) n`,
  'INSERT INTO lines SELECT id, n FROM "all orders", generate_series(1, 2) n',
  'CREATE TRIGGER "at once" BEFORE INSERT ON "all orders" FOR EACH ROW EXECUTE FUNCTION count_it()',
  'CREATE TRIGGER always BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION count_it()',
  'ALTER TABLE customers ENABLE ALWAYS TRIGGER always',
  'CREATE TABLE parted (at int PRIMARY KEY) PARTITION BY RANGE (at)',
  'CREATE TABLE part_1 PARTITION OF parted FOR VALUES FROM (0) TO (10)',
  'CREATE TABLE part_2 PARTITION OF parted FOR VALUES FROM (10) TO (20)',
  'INSERT INTO parted SELECT generate_series(0, 19)',
  'CREATE TABLE parent (id int)',
  'CREATE TABLE child (more int) INHERITS (parent)',
  'INSERT INTO child VALUES (1, 2)',
  'CREATE SCHEMA depot',
  'CREATE TABLE depot.goods (id int PRIMARY KEY, customer int REFERENCES customers)',
  'INSERT INTO depot.goods VALUES (1, 1)',
]
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeDatabase(toolkit, 'shop', shop)
  id = await dump(toolkit, 'shop')
})
afterAll(() => toolkit.dispose())

/** Indexes, constraints and triggers of a table. */
async function belongings(database: string, table: string): Promise<string[]> {
  const rows = await toolkit.sql(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = '${table}'::regclass
     UNION ALL SELECT conname FROM pg_constraint WHERE conrelid = '${table}'::regclass
     UNION ALL SELECT tgname || tgenabled::text FROM pg_trigger WHERE tgrelid = '${table}'::regclass AND NOT tgisinternal
     ORDER BY 1`,
    database,
  )
  return rows.map(({ name }) => name)
}

describe('some tables', () => {
  test('TABLES: with index, constraint, trigger and sequence; a key to what is not there is left out and said', async () => {
    const run = await restore(toolkit, id, ['--target-db', 'part', '--tables', '"all orders",lines'])
    expect(outcome(run)).toMatch(ended(0))
    expect(run.stderr).toMatch(/foreign key was left out, for its other table was not restored: .*customers/)
    expect(run.stdout).toContain('its rows were compared, and nothing else')
    const all = await hashes(toolkit, 'shop')
    const names = ['public."all orders"', 'public.lines']
    expect(await hashes(toolkit, 'part')).toEqual(Object.fromEntries(names.map(name => [name, all[name]])))
    const wanted = (await belongings('shop', '"all orders"')).filter(name => !/customer_fkey/.test(name))
    expect(await belongings('part', '"all orders"')).toEqual(wanted)
    expect(await belongings('part', 'lines')).toEqual(await belongings('shop', 'lines'))
    expect(await toolkit.sql(`SELECT nextval('"all orders_id_seq"')`, 'part')).toEqual([{ nextval: '41' }])
  })

  test('a partition, and a table that inherits, without what they belong to', async () => {
    await restoreAs(toolkit, id, 'parts', '--tables', 'part_2,child')
    expect(await toolkit.sql('SELECT count(*)::int AS n FROM part_2', 'parts')).toEqual([{ n: 10 }])
    expect(await toolkit.sql('SELECT * FROM child', 'parts')).toEqual([{ id: 1, more: 2 }])
    expect(Object.keys(await hashes(toolkit, 'parts'))).toEqual(['public.child', 'public.part_2'])
  })

  test('EXCLUDE_TABLES, a partition among them, and SCHEMA', async () => {
    await restoreAs(toolkit, id, 'less', '--exclude-tables', 'lines,part_1')
    const less = await hashes(toolkit, 'less')
    expect(Object.keys(less)).not.toContain('public.lines')
    expect(less['public.parted']).toMatchObject({ rows: 10 })
    await restoreAs(toolkit, id, 'depot', '--schema', 'depot')
    expect(Object.keys(await hashes(toolkit, 'depot'))).toEqual(['depot.goods'])
  })

  test('a name that means nothing: exit 4, nothing is left', async () => {
    const run = await restore(toolkit, id, ['--target-db', 'none', '--tables', 'ordres'])
    expect(outcome(run)).toMatch(ended(4))
    expect((await databases(toolkit)).filter(name => /none|toolkit_/.test(name))).toEqual([])
  })

  test('of plain SQL nothing can be chosen: exit 4', async () => {
    const plain = await dump(toolkit, 'shop', '--format', 'plain')
    for (const option of [['--tables', 'lines'], ['--no-owner']]) {
      const run = await restore(toolkit, plain, ['--target-db', 'none', ...option])
      expect(outcome(run)).toMatch(ended(4))
      expect(run.stderr).toMatch(/plain SQL, of which nothing can be chosen/)
    }
  })
})

test.skipIf(noTimescale)(
  `a part of a database with hypertables${noTimescale ? ' (not run: this server has no TimescaleDB)' : ''}`,
  async () => {
    await makeDatabase(toolkit, 'hyper', [...hypertables, 'CREATE TABLE notes AS SELECT 1 AS n'])
    const of = await dump(toolkit, 'hyper')
    for (const option of [
      ['--tables', '"Mess werte"'],
      ['--only', 'schema'],
      ...(soak ? [['--exclude-tables', 'two']] : []),
    ]) {
      const run = await restore(toolkit, of, ['--target-db', 'none', ...option])
      expect(outcome(run)).toMatch(ended(4))
      expect(run.stderr).toMatch(/hypertable/)
    }
    if (soak) {
      await restoreAs(toolkit, of, 'hyper less', '--exclude-tables', 'notes')
      const { 'public.notes': _, ...rest } = await hashes(toolkit, 'hyper')
      expect(await hashes(toolkit, 'hyper less')).toEqual(rest)
    }
    await restoreAs(toolkit, of, 'hyper notes', '--tables', 'notes')
    expect(Object.keys(await hashes(toolkit, 'hyper notes'))).toEqual(['public.notes'])
    expect((await databases(toolkit)).filter(name => /none|toolkit_/.test(name))).toEqual([])
  },
)
