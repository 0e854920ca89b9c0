#!/usr/bin/env -S npx tsx
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { withLock } from './catalog/lock.ts'
import { ToolkitError } from './errors.ts'
import { differences, fingerprint } from './operations/fingerprint.ts'
import { removeFolder } from './operations/restore_folders.ts'
import { describeInstallation } from './plan/place.ts'
import { readClusterRecord } from './postgres/cluster_record.ts'
import { withClient } from './postgres/connection.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { freePort } from './runtime/port.ts'
import { exitOf } from './runtime/process.ts'
import { type Context, command, runCommand } from './settings/command.ts'
import { baseFolder } from './settings/folders.ts'
import { clusterOptions, type Settings } from './settings/options.ts'
import { formatCount, formatDuration, formatTable } from './terminal/format.ts'

/** Everything of the demonstration is in here, and its container is named after it: it meets nothing but its own. */
const folder = join(baseFolder, 'mnt', 'demo')
const container = `timescaledb-demo-${createHash('sha256').update(folder).digest('hex').slice(0, 6)}`

const reports = join(baseFolder, 'reports', 'demo')

type Step = { what: string; seconds: number }

await runCommand(
  'demo.ts',
  command({
    name: 'demo',
    summary:
      'The main job on real data: start, load, save, verify, lose everything, restore, compare, explore.',
    options: [
      'days',
      ...clusterOptions.filter(name => ['image', 'network', 'runtime', 'pgBin'].includes(name)),
    ],
    exits: ['connection', 'space', 'verification', 'prerequisite', 'locked', 'failed', 'interrupted'],
    async run(settings, context, { sources }) {
      const demo = { ...settings, ...(await ownSettings()) }
      // The children read no .env: what the user chose for the place to run in is handed on.
      if (sources.image !== 'default') process.env.IMAGE = settings.image
      if (sources.runtime !== 'default') process.env.RUNTIME = settings.runtime
      if (settings.pgBin) process.env.PG_BIN = settings.pgBin
      if (sources.network !== 'default') process.env.NETWORK = settings.network
      return withLock(dirname(folder), 'demo', async () => {
        await cleanUp(demo)
        try {
          await sayWhatIsMissing(demo, context)
          // The children know the demonstration’s folder only, and the way there is longer.
          await mkdir(folder, { recursive: true, mode: 0o700 })
          await chooseRuntime(demo).provideAccess(demo.dataDir, baseFolder)
          return await perform(demo, context)
        } finally {
          await cleanUp(demo)
        }
      })
    },
    render: ({ steps, tables, rows }) =>
      [
        '',
        formatTable(
          ['what happened', 'time'],
          steps.map(s => [s.what, formatDuration(s.seconds)]),
          ['time'],
        ),
        '',
        `${tables} tables with ${formatCount(rows)} rows, the sequences and the jobs are what they were. The demonstration cleaned up after itself.`,
        `What stays is the report: open ${join(reports, 'latest', 'report.html')}`,
        '',
        'Now your own: cd db, make start, make save, make restore BACKUP_DIR=latest, make start-restored. make help says more.',
      ].join('\n'),
  }),
)

/** Without an engine it depends on the machine what can be shown. */
async function sayWhatIsMissing(settings: Settings, { log }: Context): Promise<void> {
  const runtime = chooseRuntime(settings)
  if (runtime.kind !== 'local') return
  const server = (await runtime.images.installed()).find(installation => installation.hasServer)
  if (server) log.step(describeInstallation(server))
}

async function ownSettings() {
  const port = await freePort()
  return {
    host: 'localhost',
    port,
    user: 'postgres',
    database: 'postgres',
    password: randomBytes(18).toString('base64url'),
    container,
    dataDir: join(folder, 'postgres'),
    backupsDir: join(folder, 'backups'),
  }
}

async function perform(settings: Settings, { signal, log }: Context) {
  const steps: Step[] = []
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const started = performance.now()
    const result = await work()
    steps.push({ what, seconds: (performance.now() - started) / 1000 })
    return result
  }
  const make = (line: string, what: string, script: string, ...args: string[]) =>
    timed(what, () => {
      log.step(`\n── make ${line} ${'─'.repeat(Math.max(0, 60 - line.length))}`)
      return runScript(settings, signal, script, ...args)
    })
  const look = () => withClient(settings, fingerprint, { signal })

  await make('start', 'a database made and started', 'database.ts', 'start')
  await make(
    `sample DAYS=${settings.days}`,
    'sample data loaded',
    'sample.ts',
    '--days',
    String(settings.days),
  )
  const before = await timed('every row counted and hashed', look)
  await make('save', 'saved and verified', 'save.ts')
  await make(
    'verify BACKUP_DIR=latest DEEP=1',
    'verified again, file by file',
    'db_backup.ts',
    'verify',
    'latest',
    '--deep',
  )
  await make('list', 'listed', 'db_backup.ts', 'list')
  await make('stop', 'stopped', 'database.ts', 'stop')
  await timed('the data directory thrown away', async () => {
    log.step(`\n── and now the disaster: the data directory is gone ${'─'.repeat(17)}`)
    await rename(settings.dataDir, `${settings.dataDir}.lost`)
  })
  await make('restore BACKUP_DIR=latest', 'restored', 'restore_docker.ts', 'latest', '--yes')
  await make('start-restored', 'started, and recovered', 'database.ts', 'start-restored')
  const after = await timed('every row counted and hashed again', look)
  const different = differences(before, after)
  if (different.length > 0) {
    throw new ToolkitError('verification', {
      what: 'The restored data is not what was saved.',
      why: different.join('\n'),
      hint: 'Please report this.',
    })
  }
  await make('explore', 'documented and judged', 'explore.ts')
  const counts = Object.values(after.tables)
  return { steps, tables: counts.length, rows: counts.reduce((sum, t) => sum + t.rows, 0) }
}

/** Runs one of our scripts as a user would, with the demonstration's settings in its environment. */
async function runScript(
  settings: Settings,
  signal: AbortSignal,
  script: string,
  ...args: string[]
): Promise<void> {
  const env = {
    ...process.env,
    // Not the user's db/.env: the demonstration has settings of its own.
    TOOLKIT_HOME: folder,
    // What stands on our make line is for us.
    TOOLKIT_MAKE_LINE: '',
    PGHOST: settings.host,
    PGPORT: String(settings.port),
    PGUSER: settings.user,
    PGDATABASE: settings.database,
    PGPASSWORD: settings.password,
    CONTAINER: settings.container,
    DATA_DIR: settings.dataDir,
    BACKUPS_DIR: settings.backupsDir,
    // The report stays, to be looked at.
    REPORTS_DIR: reports,
  }
  const child = spawn(process.execPath, [...process.execArgv, join(import.meta.dirname, script), ...args], {
    stdio: ['ignore', 2, 2],
    env,
  })
  // Ctrl-C at the terminal reaches the script as well; a signal to us alone is passed on.
  signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true })
  const code = await exitOf(child)
  signal.throwIfAborted()
  if (code === 0) return
  throw new ToolkitError('failed', { what: `${script} ended with exit code ${code}; its words are above.` })
}

async function cleanUp(settings: Settings): Promise<void> {
  const runtime = chooseRuntime(settings)
  await runtime.check()
  const status = await runtime.server.status(settings)
  const image = status.image ?? (await readClusterRecord(settings.dataDir))?.image
  if (status.state === 'running' && status.ours) await runtime.server.stop(settings)
  if (status.state !== 'absent' && status.ours) await runtime.server.remove(settings)
  // The files belong to the server's user; where there never was a server, they are ours.
  if (image) {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await removeFolder(runtime, { image }, folder)
  }
  await rm(folder, { recursive: true, force: true })
}
