import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePort } from '../../runtime/port.ts'
import { leftOf } from '../helpers/dumping.ts'
import { local, major, noEngine } from '../helpers/place.ts'
import { type RunOptions, Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE DATABASE shop')
  await toolkit.sql('CREATE TABLE orders (n int); CREATE TABLE "Hid den" (n int); CREATE SEQUENCE s', 'shop')
  await toolkit.sql(`CREATE ROLE "re ""ader" LOGIN PASSWORD 'p'`)
})
afterAll(() => toolkit.dispose())

async function refused(code: number, words: RegExp, args: readonly string[] = [], options: RunOptions = {}) {
  const run = await toolkit.run('dump.ts', ['--db', 'shop', ...args], options)
  expect(run.code, run.stderr).toBe(code)
  expect(run.stderr).toMatch(words)
  expect(run.stderr).toContain('HINT:')
  expect(run.stdout + run.stderr).not.toContain(toolkit.password)
  expect(await leftOf(toolkit).catch(() => [])).toEqual([])
}

test('nothing listens at the port', async () =>
  refused(1, /Nothing answers at localhost:\d+[\s\S]*make start/, ['--port', String(await freePort())]))

test('a wrong password, which is not printed', async () => {
  const run = await toolkit.run('dump.ts', ['--db', 'shop', '--verbose'], {
    env: { PGPASSWORD: 'notTheOne4711' },
  })
  expect(run.code, run.stderr).toBe(1)
  expect(run.stderr).toContain('The password of role “postgres” is wrong')
  expect(run.stdout + run.stderr).not.toContain('notTheOne4711')
})

test('a database that does not exist', () => refused(1, /no database “no such”/, ['--db', 'no such']))

test.each([
  ['a table', ['--tables', 'orders,Orders'], /There is no table Orders[\s\S]*"Hid den"/],
  ['a table to leave out', ['--exclude-tables', 'x*'], /There is no table x\*/],
  ['a schema', ['--schema', 'public,shop'], /There is no schema with tables shop/],
])('%s that does not exist', (_, args, words) => refused(4, words, args))

test('what cannot be used is named before anything is done', () =>
  refused(4, /--format “tar”[\s\S]*--tables “a\.b\.c”[\s\S]*--only “nothing”[\s\S]*--lock-timeout “0”/, [
    ...['--format', 'tar', '--tables', 'a.b.c', '--only', 'nothing', '--lock-timeout', '0'],
  ]))

test('a logical backup that is incremental', async () => {
  const args = ['create', '--method', 'logical', '--type', 'incremental', '--db', 'shop']
  const run = await toolkit.run('db_backup.ts', args)
  expect(run.code, run.stderr).toBe(4)
  expect(run.stderr).toMatch(
    /A logical backup cannot be incremental\.\n[\s\S]*a dump is always whole[\s\S]*make save/,
  )
})

describe('a role that may not see everything', () => {
  const env = { PGUSER: 're "ader', PGPASSWORD: 'p' }

  test('relations that it may not read are named, and the way out works', async () => {
    await refused(
      1,
      /may not read 3 relations of database “shop”[\s\S]*table public\."Hid den"[\s\S]*sequence public\.s[\s\S]*pg_read_all_data TO "re ""ader"/,
      [],
      { env },
    )
    await toolkit.sql('GRANT SELECT ON orders TO "re ""ader"', 'shop')
    await toolkit.ok('dump.ts', ['--db', 'shop', '--tables', 'orders'], { env })
    await toolkit.sql('GRANT pg_read_all_data TO "re ""ader"')
    const { metadata } = await toolkit.json('dump.ts', ['--db', 'shop'], { env })
    expect(metadata.table_counts).toEqual({ 'public."Hid den"': 0, 'public.orders': 0 })
    await toolkit.asRoot(`rm '${toolkit.backupsDir}'/shop_*`)
  })

  test('rows that row-level security hides from it', async () => {
    await toolkit.sql('ALTER TABLE orders ENABLE ROW LEVEL SECURITY', 'shop')
    await refused(
      1,
      /Row-level security hides rows[\s\S]*in one table[\s\S]*public\.orders[\s\S]*BYPASSRLS/,
      [],
      { env },
    )
    await toolkit.sql('ALTER TABLE orders DISABLE ROW LEVEL SECURITY', 'shop')
  })

  test('the password hashes of the cluster, before anything is dumped', async () => {
    // pg_read_all_data reads those as well.
    await toolkit.sql('REVOKE pg_read_all_data FROM "re ""ader"')
    await toolkit.sql('GRANT SELECT ON orders TO "re ""ader"', 'shop')
    await refused(
      1,
      /may not read the roles of the cluster[\s\S]*Leave GLOBALS out/,
      ['--globals', '--tables', 'orders'],
      { env },
    )
  })
})

const older = !noEngine && local !== undefined && local.major < major
const whyNot = older ? '' : ' (not run: it takes an engine, and an older PostgreSQL on this machine)'
test.skipIf(!older)(`programs that are older than the server${whyNot}`, () =>
  refused(
    5,
    new RegExp(`The server is PostgreSQL ${major}, the programs of .* are ${local?.major}[\\s\\S]*PG_BIN`),
    ['--host', '127.0.0.1', '--port', String(toolkit.port)],
    { env: { RUNTIME: 'local', PG_BIN: local?.image ?? '', IMAGE: '' } },
  ),
)
