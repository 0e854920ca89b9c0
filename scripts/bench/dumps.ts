import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatBytes } from '../terminal/format.ts'
import { median, type Paired, paired, type Sample } from './measure.ts'

/** What bench.ts has: a server of its own, and how to run our commands and bare programs. */
export type DumpBench = {
  home: string
  port: number
  rounds: number
  facts: string[]
  ours(script: string, ...args: string[]): Promise<Sample>
  /** A program of the image, which reaches the server and sees our folder. */
  bare(argv: readonly string[]): Promise<Sample>
  /** Beside the server. */
  exec(argv: readonly string[]): Promise<Sample>
  path: string
}

type Row = { what: string; size: string; result: Paired }

/** Readings of devices, each with an index entry: fifteen million are 2.4 GB. */
const readings = Number(process.env.BENCH_DUMP_ROWS ?? 15_000_000)
/** Rows of a thousand bytes, nearly all of them blanks: five million are 5 GB. */
const sparseRows = Number(process.env.BENCH_SPARSE_ROWS ?? 4_700_000)

export async function benchDumps(bench: DumpBench): Promise<void> {
  const { home, rounds } = bench
  const rows: Row[] = []
  const say = (row: Row) => {
    rows.push(row)
    process.stderr.write(`  ${row.what}: ratio ${row.result.ratio.toFixed(2)}\n`)
  }
  const psql = (database: string, sql: string) =>
    bench.exec([
      'psql',
      `--port=${bench.port}`,
      '--username=postgres',
      '--quiet',
      `--dbname=${database}`,
      '--command',
      sql,
    ])
  const connection = ['--host=127.0.0.1', `--port=${bench.port}`, '--username=postgres', '--no-password']
  const file = join(home, 'bare.dump')
  const again = async (argv: readonly string[]) => {
    await rm(file, { recursive: true, force: true })
    return bench.bare(argv)
  }
  const dump = (database: string, ...options: string[]) =>
    again(['pg_dump', ...connection, ...options, `--file=${file}`, database])
  const ours = async (database: string, ...options: string[]) => {
    await clear(home)
    return bench.ours('dump.ts', '--db', database, '--quiet', ...options)
  }

  process.stderr.write(`Dumps: ${readings} readings …\n`)
  await psql('postgres', 'CREATE DATABASE bench')
  await psql(
    'bench',
    'CREATE TABLE readings (at timestamptz, device text, a float8, b float8, c float8, note text)',
  )
  await psql(
    'bench',
    `INSERT INTO readings
     SELECT timestamptz '2026-01-01 UTC' + g * interval '1 second', 'device-' || g % 500,
       round((random() * 100)::numeric, 2), round((random() * 100)::numeric, 2), round((random() * 100)::numeric, 2),
       md5((g % 1000)::text)
     FROM generate_series(1, ${readings}) g`,
  )
  await psql('bench', 'CREATE INDEX ON readings (device, at)')
  const size = await sizeOf(bench, 'bench')
  const directory = ['--format=directory', '--jobs=2', '--compress=zstd:3']
  say({
    ...{ what: 'dump FORMAT=directory JOBS=2 / pg_dump -Fc -Z6', size },
    result: await paired(
      rounds,
      () => ours('bench', '--format', 'directory', '--jobs', '2'),
      () => dump('bench', '--format=custom', '--compress=6'),
    ),
  })
  say({
    ...{ what: 'dump FORMAT=directory JOBS=2 / pg_dump -Fd -j2 zstd:3', size },
    result: await paired(
      rounds,
      () => ours('bench', '--format', 'directory', '--jobs', '2'),
      () => dump('bench', ...directory),
    ),
  })
  say({
    ...{ what: 'the same / pg_dump -Fd -j2, then pg_restore -f /dev/null', size },
    result: await paired(
      rounds,
      () => ours('bench', '--format', 'directory', '--jobs', '2'),
      async () => {
        const made = await dump('bench', ...directory)
        return added(made, await bench.bare(['pg_restore', '--file=/dev/null', file]))
      },
    ),
  })
  say({
    ...{ what: 'dump / pg_dump -Fc zstd:3', size },
    result: await paired(
      rounds,
      () => ours('bench'),
      () => dump('bench', '--format=custom', '--compress=zstd:3'),
    ),
  })
  await dump('bench', ...directory)
  await ours('bench', '--format', 'directory', '--jobs', '2')
  say({
    ...{ what: 'restore-dump JOBS=2 / createdb, pg_restore -j2, ANALYZE', size },
    result: await paired(
      rounds,
      async () => {
        const sample = await bench.ours(
          'restore_dump.ts',
          'latest',
          '--target-db',
          'ours',
          '--jobs',
          '2',
          '--quiet',
        )
        await psql('postgres', 'DROP DATABASE ours')
        return sample
      },
      async () => {
        await psql('postgres', 'CREATE DATABASE theirs TEMPLATE template0')
        const restored = await bench.bare([
          ...['pg_restore', ...connection, '--exit-on-error', '--jobs=2', '--dbname=theirs', file],
        ])
        const sample = added(restored, await psql('theirs', 'ANALYZE'))
        await psql('postgres', 'DROP DATABASE theirs')
        return sample
      },
    ),
  })
  await psql('postgres', 'DROP DATABASE bench')

  process.stderr.write(`Sparse text: ${sparseRows} rows …\n`)
  await psql('postgres', 'CREATE DATABASE sparse')
  await psql('sparse', 'CREATE UNLOGGED TABLE notes (id int, body text STORAGE EXTERNAL)')
  await psql(
    'sparse',
    `INSERT INTO notes SELECT g, rpad('note ' || g, 980) || g FROM generate_series(1, ${sparseRows}) g`,
  )
  const large = await sizeOf(bench, 'sparse')
  say({
    ...{ what: 'dump of one table of sparse text / pg_dump -Fc zstd:3', size: large },
    result: await paired(
      1,
      () => ours('sparse'),
      () => dump('sparse', '--format=custom', '--compress=zstd:3'),
    ),
  })
  await writeFile(bench.path, page(bench, rows))
}

const added = (a: Sample, b: Sample): Sample => ({ ...a, seconds: a.seconds + b.seconds })

async function clear(home: string): Promise<void> {
  const folder = join(home, 'backups')
  for (const name of await readdir(folder).catch(() => []))
    if (name !== '.lock') await rm(join(folder, name), { recursive: true, force: true })
}

async function sizeOf({ ours, home }: DumpBench, database: string): Promise<string> {
  await clear(home)
  await ours('dump.ts', '--db', database, '--only', 'schema', '--quiet')
  const folder = join(home, 'backups')
  const [name = ''] = (await readdir(folder)).filter(entry => entry.endsWith('.metadata.json'))
  return formatBytes(JSON.parse(await readFile(join(folder, name), 'utf8')).database_size_bytes)
}

const page = ({ facts, rounds }: DumpBench, rows: readonly Row[]): string =>
  `# Benchmarks: dumps

Written by \`BENCH=dumps make bench\` on ${new Date().toISOString().slice(0, 10)}. Read them as ratios: another machine has
other times.

${facts.map(fact => `- ${fact}`).join('\n')}
- ${rounds} pairs after one that does not count (of sparse text one); ratios are medians of pairs, times are medians

Ours also counts every row in the snapshot, reads the dump through and counts again, hashes it, and compares; of a restore it
counts and compares every table, and looks through the catalogs. The bare programs do none of that, but where it is said.

| ours / bare | database | ours | bare | ratio | peak memory of ours |
|---|---|---|---|---|---|
${rows.map(rowText).join('\n')}
`

function rowText({ what, size, result }: Row): string {
  const seconds = (samples: readonly Sample[]) => `${median(samples.map(s => s.seconds)).toFixed(2)} s`
  const peak = Math.max(...result.ours.map(s => s.peakBytes))
  return `| ${what} | ${size} | ${seconds(result.ours)} | ${seconds(result.theirs)} | ${result.ratio.toFixed(2)} | ${formatBytes(peak)} |`
}
