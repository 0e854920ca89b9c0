import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome } from '../helpers/cluster.ts'
import { databases, dump, hashes, makeDatabase, restore, restoreAs } from '../helpers/restoring.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** ONLY=schema makes what is empty, ONLY=data fills what is there: all of it, or nothing. */
let toolkit: Toolkit
let id: string
const shop = [
  'CREATE TABLE lines (n serial PRIMARY KEY, item int, above int REFERENCES lines)',
  'CREATE TABLE customers (id int PRIMARY KEY, name text)',
  'CREATE TABLE "all orders" (id int PRIMARY KEY, customer int REFERENCES customers)',
  'ALTER TABLE lines ADD FOREIGN KEY (item) REFERENCES "all orders"',
  'CREATE TABLE gone (at int)',
  `INSERT INTO customers SELECT n, 'c' || n FROM generate_series(1, 5) n`,
  'INSERT INTO "all orders" SELECT n, 1 + n % 5 FROM generate_series(1, 40) n',
  'INSERT INTO lines (item, above) SELECT id, 1 FROM "all orders"',
  `CREATE FUNCTION fire() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''fired''; END'`,
  'CREATE TRIGGER "at once" BEFORE INSERT ON "all orders" FOR EACH ROW EXECUTE FUNCTION fire()',
  'CREATE TRIGGER always BEFORE INSERT ON customers FOR EACH ROW EXECUTE FUNCTION fire()',
  'ALTER TABLE customers ENABLE ALWAYS TRIGGER always',
  'CREATE MATERIALIZED VIEW summed AS SELECT count(*)::int AS n FROM customers',
]
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeDatabase(toolkit, 'shop', shop)
  id = await dump(toolkit, 'shop')
  await restoreAs(toolkit, id, 'empty', '--only', 'schema')
})
afterAll(() => toolkit.dispose())

const rows = (id: string, ...args: string[]) =>
  restore(toolkit, id, ['--target-db', 'empty', '--only', 'data', ...args])
const filled = async () =>
  Object.entries(await hashes(toolkit, 'empty')).flatMap(([name, { rows }]) => (rows > 0 ? [name] : []))
const triggers = async (database: string) =>
  toolkit.sql('SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1', database)

test('ONLY=schema: everything but rows', async () => {
  expect(Object.keys(await hashes(toolkit, 'empty'))).toEqual(Object.keys(await hashes(toolkit, 'shop')))
  expect(await filled()).toEqual([])
  expect(await triggers('empty')).toEqual(await triggers('shop'))
})

describe('ONLY=data that fails leaves nothing', () => {
  test('a constraint that the rows do not fit, in the last table: exit 8', async () => {
    await toolkit.sql('ALTER TABLE lines ADD CONSTRAINT few CHECK (n < 40)', 'empty')
    const run = await rows(id)
    expect(outcome(run)).toMatch(ended(8))
    expect(run.stderr).toMatch(/violates check constraint "few"/)
    expect(run.stderr).toMatch(/refused something that is in \S+\.[\s\S]*Nothing was changed./)
    expect(await filled()).toEqual([])
    expect(await triggers('empty')).toEqual(await triggers('shop'))
    await toolkit.sql('ALTER TABLE lines DROP CONSTRAINT few', 'empty')
  })
  test('keys in a circle: exit 5, and which', async () => {
    await toolkit.sql('ALTER TABLE customers ADD CONSTRAINT c FOREIGN KEY (id) REFERENCES lines', 'empty')
    const run = await rows(id)
    expect(outcome(run)).toMatch(ended(5))
    expect(run.stderr).toMatch(/circle[\s\S]*public\.\S+.* → /)
    await toolkit.sql('ALTER TABLE customers DROP CONSTRAINT c', 'empty')
    expect(await filled()).toEqual([])
  })
  test('a table that is not there: exit 4, and which', async () => {
    await toolkit.sql('DROP TABLE gone', 'empty')
    const run = await rows(id)
    expect(outcome(run)).toMatch(ended(4))
    expect(run.stderr).toMatch(/1 tables? of .* (is|are) not in the database[\s\S]*public\.gone/)
    await toolkit.sql('CREATE TABLE gone (at int)', 'empty')
  })
  test('no such database: exit 4, and none is made', async () => {
    const run = await restore(toolkit, id, ['--target-db', 'none', '--only', 'data'])
    expect(outcome(run)).toMatch(ended(4))
    expect(await databases(toolkit)).toEqual(['empty', 'shop'])
  })
})

test('ONLY=data: in the order of the keys, without triggers, which are as before then; the sequence goes on', async () => {
  const run = await rows(id)
  expect(outcome(run)).toMatch(ended(0))
  expect(await hashes(toolkit, 'empty')).toEqual(await hashes(toolkit, 'shop'))
  expect(await triggers('empty')).toEqual(await triggers('shop'))
  expect(await toolkit.sql("SELECT nextval('lines_n_seq')", 'empty')).toEqual([{ nextval: '41' }])
})

test('ONLY=data into tables with rows: exit 4; some of them emptied are filled', async () => {
  const again = await rows(id)
  expect(outcome(again)).toMatch(ended(4))
  expect(again.stderr).toMatch(/already have rows. Nothing was changed/)
  await toolkit.sql('TRUNCATE lines', 'empty')
  const run = await rows(id, '--tables', 'lines')
  expect(outcome(run)).toMatch(ended(0))
  expect(await hashes(toolkit, 'empty')).toEqual(await hashes(toolkit, 'shop'))
})
