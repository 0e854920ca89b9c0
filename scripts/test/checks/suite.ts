import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { assess } from '../../explore/assess.ts'
import type { Check } from '../../explore/checks/check.ts'
import { checks } from '../../explore/checks/list.ts'
import type { Gathered } from '../../explore/facts.ts'
import { type GatherResult, gather } from '../../explore/gather.ts'
import type { CheckOutcome, Finding } from '../../explore/report.ts'
import { Toolkit } from '../helpers/toolkit.ts'
import type { Case, CheckCases, World } from './case.ts'

type Outcome = { check: CheckOutcome; findings: Finding[] }
type Server = { major: number; timescaledb: boolean; timescale: boolean; pg_stat_statements: boolean }

/**
 * The tests of the checks whose number begins so: each has a file here, each firing case finds what `expected/` says,
 * each quiet one nothing. And a check that finds nothing any more fails its firing cases.
 * `mends`: the SQL of every finding is run, and has to be accepted.
 */
export function checkSuite(prefixes: readonly string[], { mends = false } = {}): void {
  let toolkit: Toolkit
  let server: Server
  beforeAll(async () => {
    toolkit = await Toolkit.create()
    await toolkit.startDatabase()
    await allowMore(toolkit)
    server = await traits(toolkit)
  })
  afterAll(() => toolkit?.dispose())

  const mine = checks.filter(({ number }) => prefixes.some(prefix => number.startsWith(prefix)))
  test('there are some', () => expect(mine.length).toBeGreaterThan(0))

  describe.each(mine.map(check => [`${check.number}_${check.name}`, check] as const))('%s', (file, check) => {
    const load = async () => ((await import(`./cases/${file}.ts`)) as { cases: CheckCases }).cases
    const missing = new Set<string>()
    const shown = new Map<string, string>()
    test('finds, and does not find', async () => {
      const cases = await load()
      expect(cases.fires.length).toBeGreaterThan(0)
      expect(cases.quiet.length).toBeGreaterThan(0)
      const can = (one: Case): boolean => {
        const need = lacks(one, server)
        if (need) missing.add(need)
        return need === undefined
      }
      for (const one of cases.fires) {
        if (!can(one)) continue
        const tryMends = mends
          ? (looked: GatherResult, client: pg.Client) => run(judge(check, one, looked).findings, client)
          : undefined
        const looked = await look(toolkit, check, one, tryMends)
        const outcome = judge(check, one, looked)
        compare(one, outcome)
        shown.set(one.title, `${outcome.findings.map(show).join('\n')}\n`)
        // The meta-test: were the check to find nothing, this case would say so.
        const blind = judge({ ...check, find: () => [] }, one, looked)
        expect(() => compare(one, blind), `${one.title}: a check that finds nothing must fail it`).toThrow()
      }
      for (const one of cases.quiet) {
        if (!can(one)) continue
        const { findings, check: outcome } = judge(check, one, await look(toolkit, check, one))
        expect(findings.map(show), one.title).toEqual([])
        expect(outcome.outcome, `${one.title}: ${outcome.reason}`).toBe('passed')
      }
      for (const one of cases.says ?? []) {
        if (!can(one)) continue
        const { check: outcome } = judge(check, one, await look(toolkit, check, one))
        expect(outcome.outcome, one.title).toBe(one.outcome)
        expect(outcome.reason, one.title).toMatch(one.reason)
      }
      await matchesExpected(file, cases, shown)
    })
    test('in every case', async context => {
      if (missing.size > 0)
        context.skip(`some were not run: this server has no ${[...missing].join(', no ')}`)
      const { fires } = await load()
      expect([...shown.keys()]).toEqual(fires.map(({ title }) => title))
    })
  })
}

/** What a firing case promises. */
function compare(one: Case, { findings, check }: Outcome): void {
  expect(check.outcome, `${one.title}: ${check.reason ?? ''}`).toBe('found')
  expect(findings.length, one.title).toBeGreaterThan(0)
}

function judge(check: Check, one: Case, { gathered, now }: GatherResult): Outcome {
  const settings = one.limits ? { [check.number]: one.limits } : {}
  const facts = one.given ? { ...only(check, gathered), ...one.given(gathered) } : gathered
  const { findings, checks: outcomes } = assess(facts as Gathered, [check], settings, now)
  return { findings, check: outcomes[0] as CheckOutcome }
}
const only = (check: Check, gathered: Gathered): Partial<Gathered> =>
  Object.fromEntries([...check.needs, 'relations' as const].map(name => [name, gathered[name]]))

/** UPDATE_EXPECTED=1 writes it anew: look at the difference before you commit it. */
async function matchesExpected(file: string, cases: CheckCases, shown: Map<string, string>): Promise<void> {
  const path = join(import.meta.dirname, 'expected', `${file}.txt`)
  const text = await readFile(path, 'utf8').catch(() => '')
  const sections = text.split(/^# /m).slice(1)
  const expected = new Map(
    sections.map(one => [one.slice(0, one.indexOf('\n')), one.slice(one.indexOf('\n') + 1)]),
  )
  if (process.env.UPDATE_EXPECTED) {
    for (const title of expected.keys())
      if (!cases.fires.some(one => one.title === title)) expected.delete(title)
    for (const [title, lines] of shown) expected.set(title, `${lines}\n`)
    const all = cases.fires.flatMap(({ title }) =>
      expected.has(title) ? [`# ${title}\n${expected.get(title)}`] : [],
    )
    await writeFile(path, `${all.join('').trimEnd()}\n`)
  }
  for (const [title, lines] of shown) expect(lines.trim(), title).toBe(expected.get(title)?.trim())
  // A case that is gone takes its lines with it, and each that there is has some, wherever it was run.
  expect([...expected.keys()].sort()).toEqual(cases.fires.map(({ title }) => title).sort())
}

/** Figures that differ from one machine, version or minute to the next are #. */
const show = ({ severity, object, reason, sql }: Finding): string =>
  [
    `${severity} ${object || 'the server'}: ${mask(reason)}`,
    ...(sql ? mask(sql).split('\n') : []).map(line => `    ${line}`),
  ].join('\n')
const mask = (text: string): string =>
  text
    // The case's database first: its name has digits, and may end as a unit does.
    .replace(/\b(check)_[a-f0-9]{8}\b/g, '$1_#')
    .replace(/\d{4}-\d\d-\d\d(T[\d:.]+Z?)?/g, '#')
    .replace(
      /(\d+ (min|h|d) )?[\d,.]+(?=\s?(B|kB|MB|GB|TB|ms|s|min|h|d|%|seconds?|minutes?|hours?|days?)\b|%| %)/g,
      '#',
    )
    .replace(/[\d,]+(?= chunks? older)/g, '#')
    .replace(/[\d,.]+(?= (blocks|temporary files|transactions|multixacts)\b)/g, '#')
    .replace(/[\d,]+ of [\d,]+ (checkpoints|connections)/g, '# of # $1')
    .replace(/\b(process|job|version) [\d.]*\d/gi, '$1 #')
    .replace(/(pg_terminate_backend)\(\d+\)/g, '$1(#)')
    .replace(/_hyper_\d+_\d+/g, '_hyper_#')
    .replace(/\b[0-9A-F]{24}\b/g, '#')

/** Statement by statement, as psql would; but not what asks an extension that this server may not have. */
async function run(findings: readonly Finding[], client: pg.Client): Promise<void> {
  for (const { sql, object } of findings) {
    const bare = (sql ?? '').replace(/^--.*$/gm, '')
    for (const statement of bare.split(/;$/m).filter(text => text.trim() && !/pg_stat_statements/.test(text)))
      await client.query(statement).catch(error => {
        throw new Error(`${object}: ${statement.trim()}: ${error.message}`)
      })
  }
}

type Then = (looked: GatherResult, client: pg.Client) => Promise<void>

async function look(toolkit: Toolkit, check: Check, one: Case, then?: Then): Promise<GatherResult> {
  const database = `check_${randomBytes(4).toString('hex')}`
  const undo: (() => Promise<unknown>)[] = []
  const connect: World['connect'] = async (as = {}) => {
    const { port, password } = toolkit
    const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', password, database, ...as })
    client.on('error', () => {})
    await client.connect()
    undo.push(() => client.end())
    return client
  }
  const admin = await connect({ database: 'postgres' })
  try {
    await admin.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8'`)
    undo.splice(1, 0, () => admin.query(`DROP DATABASE ${database} WITH (FORCE)`))
    const client = await connect()
    if (one.needs === 'timescaledb' || one.needs === 'timescale')
      await client.query('CREATE EXTENSION timescaledb')
    if (one.needs === 'pg_stat_statements') await client.query('CREATE EXTENSION pg_stat_statements')
    // What a statement counted must not come after what the next one sets to nought, as VACUUM does.
    for (const sql of typeof one.sql === 'string' ? [one.sql] : (one.sql ?? [])) {
      await client.query(sql)
      await client.query('SELECT pg_stat_force_next_flush()')
    }
    await one.arrange?.({ client, database, connect, afterwards: step => void undo.push(step) })
    // What a session counted is sent when it is idle; what comes after must see it.
    await client.query('SELECT pg_stat_force_next_flush(), pg_sleep(0.1)')
    const eyes = await connect(one.as)
    const looked = await gather(eyes, { only: check.needs, memoryBytes: one.memoryBytes })
    await then?.(looked, client)
    return looked
  } finally {
    for (const step of undo.reverse()) await step().catch(() => {})
  }
}

/** Settings that take a restart: prepared transactions, an archive, and the statistics of statements. */
async function allowMore(toolkit: Toolkit): Promise<void> {
  const [row] = await toolkit.sql(`SELECT current_setting('shared_preload_libraries') AS libraries,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS statements`)
  const libraries = [...row.libraries.split(','), ...(row.statements ? ['pg_stat_statements'] : [])]
  for (const sql of [
    `ALTER SYSTEM SET shared_preload_libraries = ${libraries.filter(Boolean).map(name => pg.escapeLiteral(name.trim()))}`,
    'ALTER SYSTEM SET max_prepared_transactions = 10',
    "ALTER SYSTEM SET archive_mode = 'on'",
    "ALTER SYSTEM SET archive_command = 'true'",
  ])
    await toolkit.sql(sql)
  await toolkit.ok('database.ts', ['restart'])
}

async function traits(toolkit: Toolkit): Promise<Server> {
  const [row] = await toolkit.sql(`SELECT current_setting('server_version_num')::int / 10000 AS major,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'timescaledb') AS timescaledb,
    EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')
      AND coalesce(current_setting('timescaledb.license', true), '') = 'timescale' AS timescale,
    EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements')
      AND current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS pg_stat_statements`)
  return row
}

function lacks(one: Case, server: Server): string | undefined {
  if (one.from !== undefined && server.major < one.from) return `PostgreSQL ${one.from}`
  if (one.needs === undefined || server[one.needs]) return undefined
  return one.needs === 'timescale' ? 'full edition of TimescaleDB' : one.needs
}
