import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identifier } from '../../postgres/databases.ts'
import { noTimescale } from '../helpers/place.ts'
import { databases, dump, hashes, makeDatabase, restoreAs } from '../helpers/restoring.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import { everyKind, fullEdition, hypertables } from '../inventory/objects.ts'

/** What a database with everything in it looks like after its dump was restored under another name. */
let toolkit: Toolkit
const source = 'Läden "neu" = \'alt\''
const chef = identifier('der "Chef"')

const circle = [
  'CREATE TABLE eggs (id int PRIMARY KEY, hen int)',
  'CREATE TABLE hens (id int PRIMARY KEY, egg int REFERENCES eggs)',
  'INSERT INTO eggs VALUES (1, 1)',
  'INSERT INTO hens VALUES (1, 1)',
  'ALTER TABLE eggs ADD CONSTRAINT laid FOREIGN KEY (hen) REFERENCES hens',
]
const ofItself = (name: string): string[] => [
  `ALTER DATABASE ${name} OWNER TO ${chef}`,
  `ALTER DATABASE ${name} SET search_path = public, "Sonder Schema ✓"`,
  `ALTER DATABASE ${name} SET statement_timeout = '1min'`,
  `ALTER ROLE ${chef} IN DATABASE ${name} SET work_mem = '5MB'`,
  `COMMENT ON DATABASE ${name} IS 'It''s "the" one;'`,
  `REVOKE CONNECT ON DATABASE ${name} FROM PUBLIC`,
  `GRANT CREATE, CONNECT ON DATABASE ${name} TO ${chef} WITH GRANT OPTION`,
]

/** What the server says of a database, but for its name. */
async function properties(name: string) {
  const client = await toolkit.client()
  const { rows } = await client.query(
    `SELECT pg_get_userbyid(datdba) AS owner, (SELECT array_agg(a ORDER BY a) FROM unnest(datacl::text[]) a) AS acl,
        shobj_description(d.oid, 'pg_database') AS comment,
       datcollate, datallowconn,
       (SELECT array_agg(format('%s: %s', coalesce(setrole::regrole::text, ''), setconfig) ORDER BY setrole)
         FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings
     FROM pg_database d WHERE datname = $1`,
    [name],
  )
  await client.end()
  return rows[0]
}

let full = false
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
  const [row] = await toolkit.sql("SELECT current_setting('timescaledb.license', true) AS license")
  full = row.license === 'timescale'
  await toolkit.sql(`CREATE ROLE ${chef}`)
  // A hypertable that is referred to cannot be compressed.
  const timescale = full
    ? [...hypertables.filter(statement => !statement.includes('refers')), ...fullEdition]
    : [...hypertables, 'INSERT INTO refers SELECT at, n FROM two LIMIT 1']
  await makeDatabase(toolkit, source, [...(noTimescale ? [] : timescale), ...everyKind, ...circle])
  for (const statement of ofItself(identifier(source))) await toolkit.sql(statement)
})
afterAll(() => toolkit.dispose())

const longName = `ü=${'x'.repeat(60)}`
describe('everything comes back, and the database itself as it was', () => {
  test.each([
    ['custom', longName, []],
    ['directory', 'Kopie "2"', ['--jobs', '2']],
  ] as const)('FORMAT=%s', async (format, name, args) => {
    const id = await dump(toolkit, source, '--format', format, ...args)
    const { restored } = await restoreAs(toolkit, id, name, ...args)
    expect(restored).toMatchObject({ database: name, former: null, notes: [] })
    expect(restored.held_jobs).toHaveLength(full ? 1 : 0)
    expect(await hashes(toolkit, name)).toEqual(await hashes(toolkit, source))
    expect(await properties(name)).toEqual(await properties(source))
    expect(await databases(toolkit)).toContain(name)
  })

  test('FORMAT=plain, compressed: all but what only an archive says of the database itself', async () => {
    const id = await dump(toolkit, source, '--format', 'plain', '--compress', 'gzip')
    const { restored } = await restoreAs(toolkit, id, 'copy')
    expect(restored.notes).toEqual([expect.stringContaining('plain SQL does not say the settings')])
    expect(await hashes(toolkit, 'copy')).toEqual(await hashes(toolkit, source))
    expect(await properties('copy')).toMatchObject({ owner: 'der "Chef"', comment: null, settings: null })
  })
})

const whyNone = noTimescale ? ' (not run: this server has no TimescaleDB)' : ''
describe.skipIf(noTimescale)(`what was restored is alive${whyNone}`, () => {
  const sql = (text: string, name: string) => toolkit.sql(text, name)

  test.each([longName, 'Kopie "2"', 'copy'])('%s', async name => {
    const [mode] = await sql("SELECT current_setting('timescaledb.restoring', true) AS on", name)
    expect(mode.on).toBe('off')
    const [found] = await sql(
      `SELECT count(*)::int AS n, count(DISTINCT time_bucket('1 day', at))::int AS days FROM "Mess werte"
       WHERE at >= '2024-01-03' AND at < '2024-01-05'`,
      name,
    )
    expect(found).toEqual({ n: 48, days: 2 })
    const chunks = async () =>
      (await sql(`SELECT count(*)::int AS n FROM show_chunks('"Mess werte"')`, name))[0].n
    const before = await chunks()
    await sql(`INSERT INTO "Mess werte" VALUES ('2030-01-01', 1, 1)`, name)
    expect(await chunks()).toBe(before + 1)
    if (full) return
    const referred = sql('DELETE FROM two WHERE (at, n) IN (SELECT at, n FROM refers)', name)
    await expect(referred).rejects.toThrow(/foreign key/)
  })

  test('the full edition: jobs run again, but for those that delete', async context => {
    if (!full) context.skip('this server has no full edition of TimescaleDB')
    for (const name of [longName, 'copy']) {
      const jobs = await sql(
        'SELECT scheduled FROM timescaledb_information.jobs WHERE job_id >= 1000 ORDER BY job_id',
        name,
      )
      expect(jobs.map(({ scheduled }) => scheduled)).toEqual([false, true, true, true])
      expect(await sql('SELECT count(*)::int AS n FROM "täg lich"', name)).toEqual([{ n: 210 }])
    }
  })
})
