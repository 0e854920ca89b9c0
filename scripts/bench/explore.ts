import { mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { formatBytes, formatCount } from '../terminal/format.ts'
import { median, type Sample } from './measure.ts'

/**
 * `make explore` on a database as large as the largest that people have told of: 5,000 tables with ten indexes each,
 * and 50 hypertables with a thousand chunks each. BENCH_EXPLORE=500 makes a tenth of it.
 */
const tables = Number(process.env.BENCH_EXPLORE ?? 5000)
const hypertables = 50
const chunks = Math.round(tables / 5)

export type ExploreBench = {
  port: number
  password: string
  home: string
  rounds: number
  /** Runs explore.ts with these arguments. */
  explore(...args: string[]): Promise<Sample>
  json(...args: string[]): Promise<string>
  facts: readonly string[]
  /** The page to write. */
  path: string
}

export async function benchExplore(bench: ExploreBench): Promise<void> {
  process.stderr.write(`making ${tables} tables and ${hypertables * chunks} chunks …\n`)
  const timescale = await fill(bench)
  const folder = join(bench.home, 'report')
  const args = ['--database', 'bench_explore', '--output', folder]
  const samples: Sample[] = []
  for (let i = 0; i <= bench.rounds; i += 1) samples.push(await bench.explore(...args))
  const counted = samples.slice(1)
  const { statements, summary } = JSON.parse(await bench.json(...args, '--json'))
  const interactive = await untilSearchAnswers(join(folder, 'report.html'), bench.rounds)
  const size = async (name: string) => formatBytes((await stat(join(folder, name))).size)
  const rows: [string, string][] = [
    ['tables', formatCount(summary.tables)],
    ['indexes', formatCount(summary.indexes)],
    ['chunks', timescale ? formatCount(summary.chunks) : 'none: this server has no TimescaleDB'],
    ['statements sent', formatCount(statements)],
    ['time', `${median(counted.map(({ seconds }) => seconds)).toFixed(1)} s`],
    ['peak memory', formatBytes(Math.max(...counted.map(({ peakBytes }) => peakBytes)))],
    ['report.html', await size('report.html')],
    ['report.json', await size('report.json')],
    ['report.md', await size('report.md')],
    ['report.html, from opening it until a search answers', interactive],
  ]
  await write(bench, rows)
}

async function fill({ port, password }: ExploreBench): Promise<boolean> {
  const connect = async (database: string) => {
    const client = new pg.Client({ host: 'localhost', port, user: 'postgres', password, database })
    await client.connect()
    return client
  }
  const admin = await connect('postgres')
  await admin.query('DROP DATABASE IF EXISTS bench_explore WITH (FORCE)')
  await admin.query('CREATE DATABASE bench_explore TEMPLATE template0')
  const { rows } = await admin.query("SELECT FROM pg_available_extensions WHERE name = 'timescaledb'")
  await admin.end()
  const client = await connect('bench_explore')
  try {
    // A transaction holds a lock for each table and index that it makes, and there is room for so many.
    for (let at = 1; at <= tables; at += 50) {
      const numbers = Array.from({ length: Math.min(50, tables - at + 1) }, (_, i) => at + i)
      await client.query(numbers.map(tableSql).join('\n'))
    }
    if (rows.length === 0) return false
    await client.query('CREATE EXTENSION timescaledb')
    for (let n = 1; n <= hypertables; n += 1) {
      await client.query(`CREATE TABLE m${n} (time int NOT NULL, value float)`)
      await client.query(`SELECT create_hypertable('m${n}', 'time', chunk_time_interval => 10)`)
      await client.query(`INSERT INTO m${n} SELECT n * 10, n FROM generate_series(1, ${chunks}) n`)
    }
    await client.query('ANALYZE')
    return true
  } finally {
    await client.end()
  }
}

const tableSql = (n: number): string =>
  `CREATE TABLE t${n} (id bigint PRIMARY KEY, parent bigint${n > 1 ? ` REFERENCES t${Math.ceil(n / 3)}` : ''},
    a int, b int, c text, d text, e timestamptz, f float, g float, h jsonb);
   ${['a', 'b', 'c', 'd', 'e', 'f', 'a, b', 'b, c', 'lower(c)'].map(key => `CREATE INDEX ON t${n} (${key});`).join(' ')}`

/** In headless Chromium, from the file. */
async function untilSearchAnswers(file: string, rounds: number): Promise<string> {
  const { chromium } = await import('playwright-core')
  const browser = await chromium
    .launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] })
    .catch(() => undefined)
  if (browser === undefined) return 'not measured: this machine has no /usr/bin/chromium'
  const times: number[] = []
  for (let i = 0; i <= rounds; i += 1) {
    const page = await browser.newPage()
    const started = performance.now()
    await page.goto(pathToFileURL(file).href, { waitUntil: 'commit' })
    await page.locator('#query').fill(`t${tables}`)
    await page.getByRole('option').first().waitFor()
    times.push((performance.now() - started) / 1000)
    await page.close()
  }
  await browser.close()
  return `${median(times.slice(1)).toFixed(1)} s`
}

async function write({ facts, path, rounds }: ExploreBench, rows: readonly (readonly [string, string])[]) {
  const page = `# Benchmark of \`make explore\`

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}; \`BENCH=explore make bench\` writes this page alone.

${facts.map(fact => `- ${fact}`).join('\n')}
- times are medians of ${rounds} runs after one that does not count

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |`).join('\n')}
`
  await mkdir(dirname(path), { recursive: true })
  const present = await readFile(path, 'utf8').catch(() => '')
  if (present !== page) await writeFile(path, page)
  process.stdout.write(page)
}
