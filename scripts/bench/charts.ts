import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import pg from 'pg'
import { formatBytes, formatCount } from '../terminal/format.ts'
import { median, type Paired, paired, type Sample } from './measure.ts'

/**
 * The example app's charts of ten million rows, beside psql with the same question: a reading every 30 seconds of five
 * services with three channels each, which is 231 days. BENCH_CHARTS=1000000 makes a tenth of it.
 */
const rows = Number(process.env.BENCH_CHARTS ?? 10_000_000)
const until = new Date('2026-01-31T12:00:00Z')
const perStep = 15
const seconds = 30

export type ChartsBench = {
  port: number
  password: string
  home: string
  rounds: number
  facts: readonly string[]
  /** Runs a script of ours, loads the sample's tables with it. */
  sample(...args: string[]): Promise<Sample>
  /** Runs chart.ts with these arguments. */
  chart(...args: string[]): Promise<Sample>
  /** Runs SQL by psql. */
  psql(sql: string): Promise<Sample>
  /** The page to write. */
  path: string
}

export async function benchCharts(bench: ChartsBench): Promise<void> {
  process.stderr.write(`making ${formatCount(rows)} rows …\n`)
  await bench.sample('--days', '1', '--until', until.toISOString())
  const stored = await fill(bench)
  const days = Math.round((rows / perStep) * (seconds / 86_400))
  const table: string[] = []
  for (const [window, step] of [
    ['1h', 30],
    ['24h', 300],
    ['7d', 1800],
    [`${days}d`, 86_400],
  ] as const) {
    const file = join(bench.home, 'chart.svg')
    const result = await paired(
      bench.rounds,
      () => bench.chart('--metric', 'power', '--window', window, '--output', file),
      () => bench.psql(question(window, step)),
    )
    table.push(row(`${window}, svg`, result, (await stat(file)).size))
    process.stderr.write(
      `  ${window}: ratio ${result.ratio.toFixed(2)}, ${result.extraSeconds.toFixed(2)} s more\n`,
    )
  }
  const file = join(bench.home, 'chart.xlsx')
  const workbook = await paired(
    bench.rounds,
    () => bench.chart('--metric', 'power', '--window', `${days}d`, '--output', file),
    () => bench.psql(question(`${days}d`, 86_400)),
  )
  table.push(row(`${days}d, xlsx`, workbook, (await stat(file)).size))
  await write(bench, stored, table)
}

async function fill({ port, password }: ChartsBench): Promise<number> {
  const client = new pg.Client({ host: 'localhost', port, user: 'postgres', password, database: 'postgres' })
  await client.connect()
  try {
    await client.query('TRUNCATE power_metrics')
    const { rows: extension } = await client.query(`SELECT FROM pg_extension WHERE extname = 'timescaledb'`)
    if (extension.length > 0)
      await client.query(`SELECT set_chunk_time_interval('power_metrics', interval '7 days')`)
    // In pieces, so that no transaction holds a lock for every chunk and index.
    const steps = Math.ceil(rows / perStep)
    const piece = 20_000
    for (let at = 0; at < steps; at += piece)
      await client.query(
        `INSERT INTO power_metrics
         SELECT $1::timestamptz - n * interval '${seconds} seconds', service, channel, 230, w / 230, w
           FROM generate_series($2::int, $3::int) n,
                unnest('{compute,cooling,network,office,storage}'::text[]) WITH ORDINALITY s (service, number),
                unnest('{L1,L2,L3}'::text[]) channel,
                LATERAL (SELECT number * 300 + 200 * sin(n / 460.0) AS w) x`,
        [until, at, Math.min(steps, at + piece) - 1],
      )
    await client.query('ANALYZE power_metrics')
    const [count] = (await client.query('SELECT count(*)::float8 AS count FROM power_metrics')).rows
    return count.count
  } finally {
    await client.end()
  }
}

/** What the chart asks, as one would type it. */
const question = (window: string, step: number): string =>
  `SELECT at, service_name, sum(watts) / 1000
     FROM (SELECT date_bin('${step} seconds', time, '2000-01-03Z') AS at, service_name, channel, avg(power) AS watts
             FROM power_metrics
            WHERE time BETWEEN timestamptz '${until.toISOString()}' - interval '${window.replace('d', ' days').replace('h', ' hours')}' AND '${until.toISOString()}'
            GROUP BY 1, 2, 3) AS channels
    GROUP BY 1, 2`

function row(what: string, { ours, theirs, ratio, extraSeconds }: Paired, bytes: number): string {
  const time = (samples: readonly Sample[]) => `${median(samples.map(sample => sample.seconds)).toFixed(2)} s`
  const peak = formatBytes(Math.max(...ours.map(({ peakBytes }) => peakBytes)))
  return `| ${what} | ${time(ours)} | ${time(theirs)} | ${ratio.toFixed(2)} | ${extraSeconds.toFixed(2)} s | ${peak} | ${formatBytes(bytes)} |`
}

async function write(
  { facts, path, rounds }: ChartsBench,
  stored: number,
  table: readonly string[],
): Promise<void> {
  const page = `# Benchmark of charts

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}; \`BENCH=charts make bench\` writes this page alone.

${facts.map(fact => `- ${fact}`).join('\n')}
- ${formatCount(stored)} rows in power_metrics
- ${rounds} pairs after one that does not count; ratios are medians of pairs, times are medians

The example app draws a window of power by service; psql asks the same question and throws the answer away.

| window | chart.ts | psql | ratio | more | peak memory of chart.ts | file |
|---|---|---|---|---|---|---|
${table.join('\n')}
`
  const present = await readFile(path, 'utf8').catch(() => '')
  if (present !== page) await writeFile(path, page)
  process.stdout.write(page)
}
