import { readFile } from 'node:fs/promises'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Report } from '../../explore/report.ts'
import { freePort } from '../../runtime/port.ts'
import { ended, outcome, said } from '../helpers/cluster.ts'
import { noTimescale } from '../helpers/place.ts'
import { besideServer } from '../helpers/server.ts'
import { Toolkit } from '../helpers/toolkit.ts'

let toolkit: Toolkit
beforeAll(async () => {
  toolkit = await Toolkit.create()
  await toolkit.startDatabase()
})
afterAll(() => toolkit.dispose())

async function explore(database: string, env: Record<string, string> = {}): Promise<Report> {
  const { files } = await toolkit.json('explore.ts', ['--database', database], { env })
  return JSON.parse(await readFile(files.json, 'utf8'))
}
const read = (name: string) => readFile(`${toolkit.home}/reports/latest/${name}`, 'utf8')

/** A database of a test's own. */
async function make(name: string, ...sql: string[]): Promise<pg.Client> {
  await toolkit.sql(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`)
  const client = await toolkit.client(name)
  for (const statement of sql) await client.query(statement)
  return client
}

test('an empty database: 0 tables, and no score', async () => {
  await (await make('empty')).end()
  const report = await explore('empty')
  expect(report.health).toMatchObject({ score: null, why_none: '0 tables' })
  expect(report.summary).toMatchObject({ tables: 0, rows: 0 })
  expect(report.timescaledb).toBeNull()
  const run = await toolkit.ok('explore.ts', ['--database', 'empty'])
  expect(run.stdout).toContain('Health: n/a (0 tables)')
})

test('names with quotes, pipes, HTML and line ends: nothing breaks out', async () => {
  const evil = '"|`<script>alert(1)</script>\n# *x*'
  const name = pg.escapeIdentifier(evil)
  const comment = pg.escapeLiteral(`${evil} --> ]]> \u202e </style> ${'`'.repeat(5)}`)
  const client = await make(
    evil,
    `CREATE SCHEMA ${name}`,
    `CREATE TABLE ${name}.${name} (${name} text PRIMARY KEY, ref text REFERENCES ${name}.${name})`,
    `INSERT INTO ${name}.${name} SELECT ${pg.escapeLiteral(evil)} || n FROM generate_series(1, 10) n`,
    `COMMENT ON TABLE ${name}.${name} IS ${comment}`,
    `COMMENT ON COLUMN ${name}.${name}.${name} IS ${comment}`,
    `CREATE VIEW ${name}.v AS SELECT * FROM ${name}.${name}`,
    `ANALYZE`,
  )
  await client.end()
  const report = await explore(evil)
  expect(report.relations.map(({ kind }) => kind)).toEqual(['table', 'view'])
  expect(report.relations[0]?.name).toBe(evil)
  const [html, markdown] = [await read('report.html'), await read('report.md')]
  expect(html).not.toContain('<script>alert')
  // What turns the direction of writing is fenced in.
  expect(html.replaceAll(/<bdi [^>]*>\u202e<\/bdi>/g, '')).not.toContain('\u202e')
  const outsideCode = markdown
    .replaceAll(/^(`{3,}).*?^\1$/gms, '')
    .replaceAll(/(?<![`\\])(`+)(?!`)[^\n]*?(?<!`)\1(?!`)/g, '')
  expect(outsideCode.split('\n').filter(line => /<script/.test(line))).toEqual([])
  // No line of the Markdown is a heading or a row that the name has made.
  expect(outsideCode).not.toMatch(/^# \*x\*/m)
  const rows = markdown.split('\n').filter(line => line.startsWith('|'))
  const cells = (line: string) => line.replace(/\\./g, '').split('|').length
  for (const [i, line] of rows.entries()) {
    if (/^\| (---|---:)/.test(line)) expect(cells(rows[i + 1] ?? line), rows[i + 1]).toBe(cells(line))
  }
})

test('a role that sees little: what it does not see is not measured, and not 0', async () => {
  const client = await make(
    'little',
    'CREATE TABLE t (id int PRIMARY KEY, word text)',
    "INSERT INTO t VALUES (1, 'x')",
    'ANALYZE',
  )
  await client.query("CREATE ROLE guest LOGIN PASSWORD 'guest'")
  const report = await explore('little', { PGUSER: 'guest', PGPASSWORD: 'guest' })
  expect(report.summary.tables).toBe(1)
  const whys = report.not_measured.map(({ why }) => why).join('\n')
  expect(whys).toContain('GRANT pg_monitor TO guest')
  expect(report.performance.activity).toBeNull()
  expect(report.relations[0]?.columns.map(({ statistics }) => statistics)).toEqual([null, null])
  expect(report.health.assessed).toBeLessThan(report.health.of)
  await client.query('GRANT pg_monitor TO guest')
  const more = await explore('little', { PGUSER: 'guest', PGPASSWORD: 'guest' })
  expect(more.performance.activity).not.toBeNull()
  expect(more.health.assessed).toBeGreaterThan(report.health.assessed)
  await client.end()
})

test('a table that somebody else has locked: it finishes soon, and says what it could not read', async () => {
  const client = await make(
    'locked',
    'CREATE TABLE held (id int PRIMARY KEY, n int DEFAULT 7, CHECK (n > 0))',
    'CREATE INDEX ON held (n) WHERE n > 5',
    'CREATE TABLE free (id int PRIMARY KEY)',
    'CREATE VIEW seen AS SELECT * FROM held',
    'INSERT INTO held SELECT n FROM generate_series(1, 1000) n',
    'ANALYZE',
  )
  await client.query('BEGIN; LOCK TABLE held IN ACCESS EXCLUSIVE MODE')
  const started = performance.now()
  const report = await explore('locked')
  expect(performance.now() - started).toBeLessThan(30_000)
  const held = report.relations.find(({ name }) => name === 'held')
  expect(held).toMatchObject({ sizes_exact: false, rows: 1000 })
  expect(held?.columns.map(({ name }) => name)).toEqual(['id', 'n'])
  expect(held?.total_bytes).toBeGreaterThan(0)
  expect(report.relations.find(({ name }) => name === 'seen')?.definition).toContain('locked')
  expect(report.relations.find(({ name }) => name === 'free')?.sizes_exact).toBe(true)
  expect(await read('report.md')).toContain('partly as of the last VACUUM')
  await client.query('ROLLBACK')
  await client.end()
})

test('tables that come and go while it looks, undisturbed by it', async () => {
  const client = await make('busy', 'CREATE TABLE stays (id int PRIMARY KEY)')
  let going = true
  // A deadlock with us would end one of these with an error.
  const churn = (async () => {
    for (let i = 0; going; i += 1) {
      await client.query(
        `CREATE TABLE t${i} (id serial PRIMARY KEY, w text CHECK (w <> ''), r int REFERENCES stays);
         CREATE INDEX ON t${i} (lower(w)) WHERE id > 1; CREATE VIEW v${i} AS SELECT * FROM t${i}`,
      )
      await client.query(`DROP TABLE t${i} CASCADE`)
    }
  })()
  try {
    for (let i = 0; i < 3; i += 1) {
      const report = await explore('busy')
      expect(report.relations.map(({ name }) => name)).toContain('stays')
      expect(report.not_measured.filter(({ why }) => /could not be read/.test(why))).toEqual([])
    }
  } finally {
    going = false
    await churn
    await client.end()
  }
})

test('a standby, which can be written by nobody', async () => {
  const client = await make('primary_side', 'CREATE TABLE t (id int PRIMARY KEY)', 'ANALYZE')
  await client.end()
  const port = await freePort()
  const folder = '/tmp/standby'
  await besideServer(
    toolkit,
    'bash',
    '-euc',
    `rm -rf ${folder}-$1; PGPASSWORD="$3" pg_basebackup -h 127.0.0.1 -p "$2" -U postgres -D ${folder}-$1 -R -c fast
     echo "primary_conninfo = 'host=127.0.0.1 port=$2 user=postgres passfile=${folder}-$1/pass'" >> ${folder}-$1/postgresql.auto.conf
     pg_ctl -D ${folder}-$1 -w -l ${folder}-$1.log -o "-p $1 -k /tmp -c listen_addresses=127.0.0.1 -c hot_standby=on" start >/dev/null`,
    'standby',
    String(port),
    String(toolkit.port),
    toolkit.password,
  )
  try {
    const report = await explore('primary_side', { PGPORT: String(port) })
    expect(report.server.in_recovery).toBe(true)
    expect(report.relations.map(({ id }) => id)).toEqual(['public.t'])
    expect(await read('report.md')).toContain('on a standby')
  } finally {
    await besideServer(
      toolkit,
      'bash',
      '-c',
      `pg_ctl -D ${folder}-${port} -m immediate stop; rm -rf ${folder}-${port}*`,
    )
  }
})

test.skipIf(noTimescale)(
  `scans of chunks count for the index of the hypertable, and its sizes are theirs${noTimescale ? ' (not run: this server has no TimescaleDB)' : ''}`,
  async () => {
    const client = await make(
      'chunks',
      'CREATE EXTENSION timescaledb',
      // The dropped column shifts the numbers of the columns in the chunks.
      'CREATE TABLE h (gone int, time timestamptz NOT NULL, device int, v float)',
      'ALTER TABLE h DROP COLUMN gone',
      "SELECT create_hypertable('h', 'time', chunk_time_interval => interval '1 day')",
      'CREATE INDEX by_device ON h (device, time DESC)',
      'CREATE INDEX by_device_too ON h (device, time DESC)',
      "INSERT INTO h SELECT '2026-01-01Z'::timestamptz + n * interval '10 min', n % 50, n FROM generate_series(1, 3000) n",
      'ANALYZE',
      'SET enable_seqscan = off',
      'SET enable_bitmapscan = off',
    )
    await client.query("SELECT count(*) FROM h WHERE device = 3 AND time > '2026-01-05Z'")
    await client.query('SELECT pg_stat_force_next_flush(), pg_sleep(0.1)')
    const report = await explore('chunks')
    const table = report.relations.find(({ name }) => name === 'h')
    const [truth] = (
      await client.query(`SELECT count(*)::int AS chunks, (SELECT count(*)::int FROM h) AS rows,
        sum(pg_total_relation_size(c))::float8 + pg_total_relation_size('h') AS bytes,
        (SELECT sum(idx_scan)::float8 FROM pg_stat_all_indexes WHERE indexrelname LIKE '%by_device%') AS scans
        FROM show_chunks('h') c`)
    ).rows
    expect(table).toMatchObject({ parts: truth.chunks, rows: truth.rows, total_bytes: truth.bytes })
    expect(truth.scans).toBeGreaterThan(0)
    const indexes = (table?.indexes ?? []).filter(({ name }) => name.startsWith('by_device'))
    expect(indexes.map(({ parts }) => parts)).toEqual([truth.chunks, truth.chunks])
    expect(indexes.reduce((sum, { scans }) => sum + (scans ?? 0), 0)).toBe(truth.scans)
    expect(report.relations.map(({ name }) => name)).toEqual(['h'])
    await client.end()
  },
)

test('interrupted: 130, and nothing is left', async () => {
  const { child, done } = toolkit.start('explore.ts', [
    '--database',
    'busy',
    '--reports-dir',
    `${toolkit.home}/cut`,
  ])
  await said(child, /Looking at/)
  child.kill('SIGINT')
  expect(outcome(await done)).toMatch(ended(130))
  const left = await toolkit.asRoot(`find '${toolkit.home}' -name '*.partial'`)
  expect(left).toBe('')
})
