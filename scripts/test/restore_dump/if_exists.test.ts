import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { databases, dump, makeDatabase, restore } from '../helpers/restoring.ts'
import { soak, whyNotNow } from '../helpers/soak.ts'
import type { Run } from '../helpers/toolkit.ts'
import { Toolkit } from '../helpers/toolkit.ts'

/** A database of that name is there already. Three rows were dumped, four are there. */
let toolkit: Toolkit
let id: string
const rows = async (database = 'shop') =>
  (await toolkit.sql('SELECT count(*)::int AS n FROM t', database))[0].n
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await makeDatabase(toolkit, 'shop', ['CREATE TABLE t AS SELECT generate_series(1, 3) AS n'])
  id = await dump(toolkit, 'shop')
  await toolkit.sql('INSERT INTO t VALUES (4)', 'shop')
})
afterAll(() => toolkit.dispose())

async function expectUnchanged(run: Run, code: number, words: RegExp): Promise<void> {
  expect(outcome(run)).toMatch(ended(code))
  expect(run.stderr).toMatch(words)
  expect(await databases(toolkit)).toEqual(['shop'])
  expect(await rows()).toBe(4)
}
const drop = async (pattern: RegExp) => {
  for (const name of (await databases(toolkit)).filter(name => pattern.test(name)))
    await toolkit.sql(`DROP DATABASE "${name}"`)
}

describe('nothing is changed', () => {
  test('fail, without being told anything: exit 4, and every way that there is', async () => {
    const run = await restore(toolkit, id)
    await expectUnchanged(
      run,
      4,
      /There is a database “shop” already[\s\S]*IF_EXISTS=new[\s\S]*IF_EXISTS=replace/,
    )
  })
  test('replace, and the question is answered with no: exit 130', async () => {
    const run = await restore(toolkit, id, ['--if-exists', 'replace'], { input: 'n\n' })
    await expectUnchanged(
      run,
      130,
      /in the place of database “shop”\? That one stays, as shop_before_restore_/,
    )
  })
  test('replace, and nobody is there to answer', async () => {
    const run = await restore(toolkit, id, ['--if-exists', 'replace'])
    await expectUnchanged(run, 4, /FORCE=1|--yes/)
  })
  test('replace, with a session in it: exit 8, and who it is', async () => {
    const client = await toolkit.client('shop')
    await client.query("SET application_name = 'till 7'")
    const run = await restore(toolkit, id, ['--if-exists', 'replace', '--yes'])
    await expectUnchanged(run, 8, /“shop” is in use, by 1 session[\s\S]*postgres from \S+ \(till 7\)/)
    await client.end()
  })
  test.skipIf(!soak)(`--dry-run says what would be done${whyNotNow}`, async () => {
    const run = await restore(toolkit, id, ['--if-exists', 'replace', '--dry-run'])
    await expectUnchanged(run, 0, /^/)
    expect(run.stdout).toMatch(/call it “shop”[\s\S]*stays, as shop_before_restore_\d+/)
  })
})

test('a session that comes in the middle: exit 8, what was restored stays beside', async () => {
  const { child, done } = toolkit.start('restore_dump.ts', ['--file', id, '--if-exists', 'replace', '--yes'])
  await said(child, /into a new database/)
  const client = await toolkit.client('shop')
  const run = await done
  await client.end()
  expect(outcome(run)).toMatch(ended(8))
  expect(run.stderr).toMatch(
    /complete and proven, but could not be called “shop”. It is there, as toolkit_restoring_shop/,
  )
  expect(await databases(toolkit)).toEqual(['shop', 'toolkit_restoring_shop'])
  expect([await rows(), await rows('toolkit_restoring_shop')]).toEqual([4, 3])
})

test('new: beside it; what an unfinished run left is dropped', async () => {
  const run = await restore(toolkit, id, ['--if-exists', 'new'])
  expect(outcome(run)).toMatch(ended(0))
  expect(run.stderr).toContain('Dropping toolkit_restoring_shop, which an earlier run left unfinished')
  const [name = '', ...others] = (await databases(toolkit)).filter(name => name !== 'shop')
  expect(others).toEqual([])
  expect(name).toMatch(/^shop_restored_\d{8}_\d{6}$/)
  expect([await rows(), await rows(name)]).toEqual([4, 3])
  await drop(/_restored_/)
})

test('replace, and yes: the former is kept, closed, and can be dropped as it says', async () => {
  const run = await restore(toolkit, id, ['--if-exists', 'replace'], { input: 'y\n' })
  expect(outcome(run)).toMatch(ended(0))
  expect(await rows()).toBe(3)
  const [former = ''] = (await databases(toolkit)).filter(name => name !== 'shop')
  expect(former).toMatch(/^shop_before_restore_\d{8}_\d{6}$/)
  await expect(toolkit.sql('SELECT 1', former)).rejects.toThrow(/not currently accepting connections/)
  const [, statement = ''] = /COMMAND='(DROP DATABASE [^']*)'/.exec(run.stdout) ?? []
  await toolkit.ok('database.ts', ['psql', '--command', statement])
  expect(await databases(toolkit)).toEqual(['shop'])
  const marks = await toolkit.sql('SELECT setconfig FROM pg_db_role_setting')
  expect(JSON.stringify(marks)).not.toContain('being_made')
})

describe('db_backup.ts restore', () => {
  beforeAll(async () => {
    await toolkit.sql('INSERT INTO t VALUES (4)', 'shop')
  })
  test('asks, and changes nothing where the answer is no', async () => {
    const run = await toolkit.run('db_backup.ts', ['restore', id], { input: 'n\n' })
    await expectUnchanged(run, 130, /in the place of database “shop”\?/)
  })
  test.skipIf(!soak)(
    `--target: under another name; where that is there as well, refused${whyNotNow}`,
    async () => {
      await toolkit.ok('db_backup.ts', ['restore', id, '--target', 'other'])
      expect([await rows(), await rows('other')]).toEqual([4, 3])
      const again = await toolkit.run('db_backup.ts', ['restore', id, '--target', 'other', '--yes'])
      expect(outcome(again)).toMatch(ended(4))
      await drop(/other/)
    },
  )
  test.skipIf(!soak)(`--no-clean: beside it${whyNotNow}`, async () => {
    await toolkit.ok('db_backup.ts', ['restore', id, '--no-clean'])
    expect(await databases(toolkit)).toEqual(['shop', expect.stringMatching(/^shop_restored_/)])
    expect(await rows()).toBe(4)
    await drop(/_restored_/)
  })
  test('--yes: in its place', async () => {
    await toolkit.ok('db_backup.ts', ['restore', id, '--yes'])
    expect(await rows()).toBe(3)
  })
})
