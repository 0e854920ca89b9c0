import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { databases, dump, makeDatabase, restore } from '../helpers/restoring.ts'
import { eventually } from '../helpers/saving.ts'
import { killProgram, killServer, programsOf } from '../helpers/server.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** A restore that lasts: an index is made by a function that sleeps. Somebody interferes meanwhile. */
let toolkit: Toolkit
let id: string
const slow = [
  'CREATE TABLE t AS SELECT generate_series(1, 40) AS n',
  `CREATE FUNCTION slow(n int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    'BEGIN IF current_database() LIKE ''toolkit%'' THEN PERFORM pg_sleep(0.3); END IF; RETURN n; END'`,
  'CREATE INDEX by_slow ON t (slow(n))',
]
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeDatabase(toolkit, 'shop', slow)
  id = await dump(toolkit, 'shop')
  await toolkit.sql('INSERT INTO t VALUES (41)', 'shop')
})
afterAll(() => toolkit.dispose())

/** Comes back in the middle of the restore: the index is being made. */
async function begin(...args: string[]) {
  const { child, done } = toolkit.start('restore_dump.ts', [
    ...['--file', id, '--if-exists', 'replace', '--yes'],
    ...args,
  ])
  await said(child, /into a new database/)
  await eventually('the index is being made', async () => {
    const rows = await toolkit.sql(
      `SELECT FROM pg_stat_activity WHERE datname LIKE 'toolkit%' AND query ~ 'CREATE INDEX' AND state = 'active'`,
    )
    return rows.length > 0
  })
  return { child, done }
}

async function expectUntouched(others: string[] = []): Promise<void> {
  expect(await databases(toolkit)).toEqual(['shop', ...others])
  expect(await toolkit.sql('SELECT count(*)::int AS n FROM t', 'shop')).toEqual([{ n: 41 }])
}

describe('the former as it was, and nothing left', () => {
  test.each([...(soak ? (['SIGTERM'] as const) : []), 'SIGINT'] as const)('%s: exit 130', async signal => {
    const { child, done } = await begin()
    child.kill(signal)
    expect(outcome(await done)).toMatch(ended(130))
    await expectUntouched()
    expect(await programsOf(toolkit, child.pid)).toEqual([])
  })

  test('pg_restore killed: exit 8', async () => {
    const { child, done } = await begin()
    for (const program of await programsOf(toolkit, child.pid)) await killProgram(program).catch(() => {})
    const run = await done
    expect(outcome(run)).toMatch(ended(8))
    expect(run.stderr).toMatch(/pg_restore was killed while it restored[\s\S]*The new database was dropped/)
    await expectUntouched()
  })

  test('its session ended by somebody: exit 1', async () => {
    const { done } = await begin()
    await toolkit.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'toolkit%'`)
    const run = await done
    expect(outcome(run)).toMatch(ended(1))
    expect(run.stderr).toMatch(/connection to the server broke/)
    await expectUntouched()
  })

  test('two at once for one name: the second ends with 6, the first does not notice', async () => {
    const { child, done } = await begin()
    const second = await restore(toolkit, id, ['--if-exists', 'replace', '--yes'])
    expect(outcome(second)).toMatch(ended(6))
    expect(second.stderr).toMatch(/Another run is making the database “shop”/)
    child.kill('SIGINT')
    expect(outcome(await done)).toMatch(ended(130))
    await expectUntouched()
  })

  test('a wrong password: exit 1', async () => {
    const run = await restore(toolkit, id, ['--target-db', 'none'], { env: { PGPASSWORD: 'wrong' } })
    expect(outcome(run)).toMatch(ended(1))
    await expectUntouched()
  })
})

test('the toolkit killed: what it left is dropped by the next run', async () => {
  const { child, done } = await begin()
  child.kill('SIGKILL')
  await done
  await expectUntouched(['toolkit_restoring_shop'])
  const next = await begin()
  next.child.kill('SIGINT')
  expect((await next.done).stderr).toContain('Dropping toolkit_restoring_shop')
  await expectUntouched()
})

test.skipIf(!soak)(
  `the server killed in the middle: exit 1; started again, the next run succeeds${whyNotNow}`,
  async () => {
    const { done } = await begin()
    await killServer(toolkit)
    const run = await done
    expect(outcome(run)).toMatch(ended(1))
    expect(run.stderr).toMatch(/connection to the server broke|could not be dropped/)
    await toolkit.ok('database.ts', ['start'])
    await expectUntouched(['toolkit_restoring_shop'])
    // Dumped anew without what makes it slow.
    await toolkit.sql('DROP INDEX by_slow', 'shop')
    const quick = await dump(toolkit, 'shop')
    const next = await restore(toolkit, quick, ['--if-exists', 'replace', '--yes'])
    expect(outcome(next)).toMatch(ended(0))
    expect(await databases(toolkit)).toEqual(['shop', expect.stringMatching(/^shop_before_restore_/)])
  },
)
