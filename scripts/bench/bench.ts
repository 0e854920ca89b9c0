import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { cpus, release, tmpdir, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { planBaseBackup } from '../plan/base_backup.ts'
import { freePort } from '../runtime/port.ts'
import { formatBytes } from '../terminal/format.ts'
import { benchCharts } from './charts.ts'
import { benchDumps } from './dumps.ts'
import { benchExplore } from './explore.ts'
import { measure, median, type Paired, paired } from './measure.ts'

/**
 * `make bench`: our commands beside the bare programs that do the same work in the same place, in turn, and writes
 * docs/reference/benchmarks.md; then dumps of one database, make explore on a large database, and the charts of many rows.
 * BENCH=backups, dumps, explore or charts does one of them, BENCH_SCALES, BENCH_EXPLORE, BENCH_CHARTS and BENCH_ROUNDS shorten it.
 */
const root = join(import.meta.dirname, '..', '..')
const scales = (process.env.BENCH_SCALES ?? '20,150').split(',').map(Number)
const which = process.env.BENCH ?? 'all'
const rounds = Number(process.env.BENCH_ROUNDS ?? 5)
const engine = process.env.DOCKER || 'docker'

const home = await mkdtemp(join(tmpdir(), 'toolkit-bench-'))
const port = await freePort()
const container = 'timescaledb-bench'
const password = 'bench'
const env = {
  TOOLKIT_HOME: home,
  CONTAINER: container,
  PGPORT: String(port),
  PGPASSWORD: password,
  ...(process.env.TEST_IMAGE && { IMAGE: process.env.TEST_IMAGE }),
}
const backups = join(home, 'backups')
const script = (name: string, ...args: string[]) => [
  process.execPath,
  '--import',
  'tsx/esm',
  join(root, 'scripts', name),
  ...args,
]
const ours = (name: string, ...args: string[]) => measure(script(name, ...args), env)

type Row = { what: string; size: string; result: Paired }
const rows: Row[] = []
const lines: string[] = []

try {
  await ours('database.ts', 'start')
  const image = JSON.parse(await output(script('database.ts', 'status', '--json'))).image as string
  await writeFile(join(home, 'passfile'), `*:*:*:*:${password}\n`, { mode: 0o600 })
  const facts = await machineFacts(image)
  if (['all', 'backups'].includes(which)) {
    for (const scale of scales) await benchScale(scale, image)
    await benchStatus()
    await write(facts)
  }
  if (['all', 'explore'].includes(which)) {
    await benchExplore({
      ...{ port, password, home, rounds: Math.min(rounds, 3), facts },
      explore: (...args) => ours('explore.ts', ...args),
      json: (...args) => whole(script('explore.ts', ...args)),
      path: join(root, 'docs/reference/benchmarks-explore.md'),
    })
  }
  if (['all', 'dumps'].includes(which)) {
    await benchDumps({
      ...{ home, port, facts, rounds: Math.min(rounds, 3) },
      ours,
      bare: argv => bare(image, argv, 'host'),
      exec: argv => measure([engine, 'exec', '--user', 'postgres', container, ...argv]),
      path: join(root, 'docs/reference/benchmarks-dumps.md'),
    })
  }
  if (['all', 'charts'].includes(which)) {
    const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/esm')).href
    const app = [process.execPath, '--import', tsx, join(root, 'example-app/chart.ts')]
    const psql = [
      engine,
      'exec',
      container,
      'psql',
      '--username=postgres',
      `--port=${port}`,
      '--quiet',
      '--output=/dev/null',
    ]
    await benchCharts({
      ...{ port, password, home, rounds, facts },
      sample: (...args) => ours('sample.ts', '--no-progress', ...args),
      chart: (...args) => measure([...app, ...args], env),
      psql: sql => measure([...psql, '--command', sql]),
      path: join(root, 'docs/reference/benchmarks-charts.md'),
    })
  }
} finally {
  await measure([engine, 'rm', '--force', '--volumes', container]).catch(() => {})
  const image = process.env.TEST_IMAGE ?? 'timescaledb-toolkit/postgres:17'
  await bare(image, ['find', home, '-mindepth', '1', '-delete']).catch(() => {})
  await rm(home, { recursive: true, force: true })
}

/** A bare program in a container that sees our folder, as our own commands run theirs. */
function bare(image: string, argv: readonly string[], network = 'none') {
  const [program = '', ...args] = argv
  return measure([
    engine,
    ...['run', '--rm', '--network', network, '--env', `PGPASSFILE=${join(home, 'passfile')}`],
    ...['--mount', `type=bind,source=${home},target=${home}`],
    ...['--entrypoint', program, image, ...args],
  ])
}

async function output(argv: readonly string[]): Promise<string> {
  const { runProcess } = await import('../runtime/process.ts')
  const result = await runProcess(argv, { env })
  if (result.code !== 0) throw new Error(`${argv.join(' ')}:\n${result.stderr}`)
  return result.stdout
}

/** Of any length; `output` keeps the last lines of what is long. */
async function whole([program = '', ...args]: readonly string[]): Promise<string> {
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 28 }
  return (await promisify(execFile)(program, args, options)).stdout
}

async function benchScale(scale: number, image: string): Promise<void> {
  process.stderr.write(`pgbench scale ${scale} …\n`)
  const pgbench = [
    'pgbench',
    '--initialize',
    '--quiet',
    `--scale=${scale}`,
    `--port=${port}`,
    '--username=postgres',
    'postgres',
  ]
  await measure([engine, 'exec', '--user', 'postgres', container, ...pgbench])
  const size = formatBytes(JSON.parse(await output(script('database.ts', 'status', '--json'))).size_bytes)
  const report = (what: string, result: Paired) => {
    rows.push({ what, size, result })
    process.stderr.write(
      `  ${what}: ratio ${result.ratio.toFixed(2)}, ${result.extraSeconds.toFixed(2)} s more\n`,
    )
  }

  const folder = join(home, 'bare')
  const argv = await bareBackup(folder)
  const clean = async () => {
    await bare(image, ['rm', '-rf', folder])
    await mkdir(folder)
  }
  report(
    'save / pg_basebackup',
    await paired(
      rounds,
      () => ours('save.ts', '--no-progress'),
      async () => {
        await clean()
        return bare(image, argv, 'host')
      },
    ),
  )

  const latest = join(
    backups,
    (await readdir(backups))
      .filter(n => n.startsWith('cluster_backup_'))
      .sort()
      .at(-1) ?? '',
  )
  const target = join(home, 'restored/postgres')
  const unpack = `zstd -dcq "$1/base.tar.zst" | tar -xf - -C "$2" && tar -xf "$1/pg_wal.tar" -C "$2/pg_wal" && sync -f "$2"`
  report(
    'restore / zstd | tar, sync',
    await paired(
      rounds,
      async () => {
        await bare(image, ['rm', '-rf', join(home, 'restored')])
        return ours('restore_docker.ts', latest, '--yes', '--target', target, '--no-progress')
      },
      async () => {
        await clean()
        return bare(image, ['bash', '-c', unpack, 'bash', latest, folder])
      },
    ),
  )
  const hash = 'zstd -dcq "$1/base.tar.zst" | openssl dgst -sha256'
  report(
    'verify DEEP=1 / zstd | openssl sha256',
    await paired(
      rounds,
      () => ours('db_backup.ts', 'verify', latest, '--deep', '--no-progress'),
      () => measure(['bash', '-c', hash, 'bash', latest]),
    ),
  )
  await bare(image, ['rm', '-rf', join(home, 'restored'), folder, backups])
}

/** The argv that save itself would use, into another folder. */
async function bareBackup(folder: string): Promise<string[]> {
  const { plan } = JSON.parse(await output(script('save.ts', '--dry-run', '--json'))) as {
    plan: ReturnType<typeof planBaseBackup>
  }
  const login = ['--host=localhost', `--port=${port}`, '--username=postgres']
  return [...plan.argv.map(word => word.replace(plan.partial, folder)), ...login]
}

async function benchStatus(): Promise<void> {
  const samples = []
  for (let i = 0; i <= rounds; i++) samples.push(await ours('database.ts', 'status'))
  lines.push(`| \`make status\` | ${median(samples.slice(1).map(s => s.seconds)).toFixed(2)} s |`)
  const saves = rows.filter(r => r.what.startsWith('save'))
  const first = median(saves.flatMap(r => r.result.ours.map(s => s.firstLineSeconds)))
  lines.push(`| first line of \`make save\` | ${first.toFixed(2)} s |`)
}

async function machineFacts(image: string): Promise<string[]> {
  return [
    `${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, ${formatBytes(totalmem())} memory`,
    `${type()} ${release()}, Node.js ${process.version}`,
    `${image}: ${(await output([engine, 'run', '--rm', '--entrypoint', 'postgres', image, '--version'])).trim()}`,
  ]
}

async function write(machine: readonly string[]): Promise<void> {
  const facts = [
    ...machine,
    `${rounds} pairs after one that does not count; ratios are medians of pairs, times are medians`,
  ]
  const table = rows.map(({ what, size, result }) => {
    const seconds = (samples: Paired['ours']) => median(samples.map(s => s.seconds)).toFixed(2)
    const peak = Math.max(...result.ours.map(s => s.peakBytes))
    return `| ${what.replaceAll('|', '\\|')} | ${size} | ${seconds(result.ours)} s | ${seconds(result.theirs)} s | ${result.ratio.toFixed(2)} | ${result.extraSeconds.toFixed(2)} s | ${formatBytes(peak)} |`
  })
  const page = `# Benchmarks

Written by \`make bench\` on ${new Date().toISOString().slice(0, 10)}. Read them as ratios: another machine has other times.

${facts.map(fact => `- ${fact}`).join('\n')}

Each command runs beside the bare programs that do the same work with the same options in a container of the same
image. Ours also connects, looks, verifies, describes and makes durable; that is the difference.

| ours / bare | cluster | ours | bare | ratio | more | peak memory of ours |
|---|---|---|---|---|---|---|
${table.join('\n')}

| | median |
|---|---|
${lines.join('\n')}
`
  const path = join(root, 'docs/reference/benchmarks.md')
  const present = await readFile(path, 'utf8').catch(() => '')
  if (present !== page) await writeFile(path, page)
  process.stdout.write(page)
}
