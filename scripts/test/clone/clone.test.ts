import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identifier } from '../../postgres/databases.ts'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { noTimescale } from '../helpers/place.ts'
import { databases, hashes, makeDatabase } from '../helpers/restoring.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import { everyKind, fullEdition, hypertables } from '../inventory/objects.ts'

/** A copy beside the database, by the server itself or by pg_dump into pg_restore. */
let toolkit: Toolkit
const source = 'Läden "neu" = \'alt\''
let full = false
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  await toolkit.sql('CREATE ROLE "the boss"')
  const more = ['CREATE TABLE log (n serial, at timestamptz DEFAULT now())', 'INSERT INTO log DEFAULT VALUES']
  const [row] = await toolkit.sql("SELECT current_setting('timescaledb.license', true) AS license")
  full = row.license === 'timescale'
  // A hypertable that is referred to cannot be compressed.
  const timescale = full
    ? [...hypertables.filter(statement => !statement.includes('refers')), ...fullEdition]
    : [...hypertables, 'INSERT INTO refers SELECT at, n FROM two LIMIT 1']
  await makeDatabase(toolkit, source, [...(noTimescale ? [] : timescale), ...everyKind, ...more])
  const name = identifier(source)
  await toolkit.sql(`ALTER DATABASE ${name} OWNER TO "the boss"`)
  await toolkit.sql(`ALTER DATABASE ${name} SET search_path = public, "Sonder Schema ✓"`)
  await toolkit.sql(`ALTER ROLE "the boss" IN DATABASE ${name} SET work_mem = '5MB'`)
  await toolkit.sql(`COMMENT ON DATABASE ${name} IS 'It''s "the" one;'`)
  await toolkit.sql(`REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`)
  await toolkit.sql(`GRANT CREATE ON DATABASE ${name} TO "the boss" WITH GRANT OPTION`)
})
afterAll(() => toolkit.dispose())

const clone = (...args: string[]) => toolkit.json('db_backup.ts', ['clone', ...args])

async function properties(name: string) {
  const client = await toolkit.client()
  const { rows } = await client.query(
    `SELECT pg_get_userbyid(datdba) AS owner, shobj_description(d.oid, 'pg_database') AS comment,
       (SELECT array_agg(a ORDER BY a) FROM unnest(datacl::text[]) a) AS acl, datcollate,
       (SELECT array_agg(format('%s: %s', coalesce(setrole::regrole::text, ''), setconfig) ORDER BY setrole)
         FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
     FROM pg_database d WHERE datname = $1`,
    [name],
  )
  await client.end()
  return rows[0]
}

async function expectAlive(name: string): Promise<void> {
  if (noTimescale) return
  await toolkit.sql(`INSERT INTO "Mess werte" VALUES ('2030-01-01', 1, 1)`, name)
  const found = await toolkit.sql(`SELECT v FROM "Mess werte" WHERE at > '2029-01-01'`, name)
  expect(found).toEqual([{ v: 1 }])
  if (full) {
    const jobs = 'SELECT scheduled FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY job_id'
    const scheduled = (await toolkit.sql(jobs, name)).map(job => job.scheduled)
    expect(scheduled).toEqual([false, true, true, true])
    return
  }
  const referred = toolkit.sql('DELETE FROM two WHERE (at, n) IN (SELECT at, n FROM refers)', name)
  await expect(referred).rejects.toThrow(/foreign key/)
}

test('nobody is connected: the server copies it', async () => {
  const result = await clone(source, 'by server')
  expect(result).toMatchObject({
    method: 'template',
    done: true,
    notes: [],
    held_jobs: { length: full ? 1 : 0 },
  })
  expect(await hashes(toolkit, 'by server')).toEqual(await hashes(toolkit, source))
  expect(await properties('by server')).toEqual(await properties(source))
  await expectAlive('by server')
})

test('somebody writes to it meanwhile: what the clone has is one moment of it', async () => {
  const writer = await toolkit.client(source)
  let writes = 1
  const stop = new AbortController()
  const writing = (async () => {
    while (!stop.signal.aborted) {
      await writer.query('INSERT INTO log DEFAULT VALUES')
      writes += 1
    }
  })()
  try {
    const result = await clone(source, 'by "dump"')
    expect(result).toMatchObject({ method: 'dump', notes: [], held_jobs: { length: full ? 1 : 0 } })
  } finally {
    stop.abort()
    await writing
    await writer.end()
  }
  const { 'public.log': log, ...rest } = await hashes(toolkit, 'by "dump"')
  const { 'public.log': _, ...expected } = await hashes(toolkit, source)
  expect(rest).toEqual(expected)
  expect(log?.rows).toBeGreaterThan(1)
  expect(log?.rows).toBeLessThan(writes)
  const numbers = await toolkit.sql('SELECT max(n) - count(*)::int AS gaps FROM log', 'by "dump"')
  expect(numbers).toEqual([{ gaps: 0 }])
  expect(await properties('by "dump"')).toEqual(await properties(source))
  await expectAlive('by "dump"')
})

describe('refused or interrupted: nothing is made', () => {
  const refused: [string, string[], number, RegExp][] = [
    ['no source', [], 4, /Which database is to be cloned\?/],
    ['no target', ['postgres'], 4, /What is the clone to be called\?/],
    ['a source that is not there', ['gone', 'x'], 1, /There is no database “gone”/],
    ['a target that is there', ['template1', 'by server'], 4, /There is a database “by server” already/],
  ]
  test.each(refused)('%s', async (_, args, code, words) => {
    const before = await databases(toolkit)
    const run = await toolkit.run('db_backup.ts', ['clone', ...args])
    expect(outcome(run)).toMatch(ended(code))
    expect(run.stderr).toMatch(words)
    expect(await databases(toolkit)).toEqual(before)
  })

  test.each([
    ['template', /Copying database/],
    ['dump', /Dumping database/],
  ] as const)('Ctrl-C, %s: exit 130', async (method, words) => {
    const before = await databases(toolkit)
    const session = method === 'dump' ? await toolkit.client(source) : undefined
    const { child, done } = toolkit.start('db_backup.ts', ['clone', source, 'none'])
    await said(child, words)
    child.kill('SIGINT')
    expect(outcome(await done)).toMatch(ended(130))
    await session?.end()
    expect(await databases(toolkit)).toEqual(before)
  })
})
