#!/usr/bin/env -S npx tsx
import type { StartResult } from './operations/start.ts'
import { startDatabase } from './operations/start.ts'
import type { StartRestoredResult } from './operations/start_restored.ts'
import { stopDatabase } from './operations/stop.ts'
import type { UndoResult } from './operations/undo_restore.ts'
import { isInstallation } from './plan/place.ts'
import { chooseRuntime } from './runtime/choose.ts'
import { command, runVerbs } from './settings/command.ts'
import { clusterOptions, connectionOptions } from './settings/options.ts'
import { formatBytes, formatDuration } from './terminal/format.ts'

const options = [...connectionOptions, ...clusterOptions]
const startExits = [
  'connection',
  'space',
  'usage',
  'prerequisite',
  'locked',
  'failed',
  'interrupted',
] as const

const counted = (n = 0, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`

const howToConnect = (r: StartResult): string =>
  [
    r.alreadyRunning ? `${r.container} is already running.` : `${r.container} is running (${r.image}).`,
    ...(r.passwordFile ? [`The password is in db/.env.`] : []),
    '',
    `  host ${r.host}   port ${r.port}   user ${r.user}   database ${r.database}`,
    '  make psql      a prompt         make status   how it is',
    '  make sample    sample data      make save     a backup',
  ].join('\n')

function whatCameBack(r: StartRestoredResult): string {
  const jobs = r.held_jobs.map(job => `      ${job}`).join('\n')
  const lines = [
    `${r.container} is running with what was restored from ${r.restored_from} (${formatDuration(r.seconds)}).`,
    `  recovered to ${r.recovered_lsn ?? 'its end'}, now on timeline ${r.timeline}; backup_label ${r.backup_label_consumed ? 'was consumed' : 'IS STILL THERE'}`,
    ...r.databases.map(d => `  ${d.name.padEnd(24)} ${formatBytes(d.bytes)}`),
    '',
    r.login_works
      ? '  The password that is set here opens it.'
      : `  ${r.login_problem} The restored cluster has the passwords of the day it was saved:\n  make set-password gives it a new one.`,
    ...(r.held_jobs.length > 0
      ? [
          `  TimescaleDB’s jobs are held, so that none deletes what was restored. make restart lets them run:\n${jobs}`,
        ]
      : []),
    ...(r.former
      ? [
          `  The former data is kept in ${r.former.folder} (${formatBytes(r.former.bytes)}).\n  When you are sure: make discard-former`,
        ]
      : []),
  ]
  return lines.join('\n')
}

function whatWentBack(r: UndoResult): string {
  if (!r.done) return 'Nothing was changed (dry run).'
  return [
    r.started ? 'The database is running again, with the data from before.' : 'Start it with: make start',
    ...(r.jobs_held && r.started
      ? ['This data was restored itself: TimescaleDB’s jobs are held. make restart lets them run.']
      : []),
    ...(r.kept ? [`What was there is kept in ${r.kept}. make undo-restore again brings it back.`] : []),
  ].join('\n')
}

await runVerbs('database.ts', 'Our own database: start it, stop it, look at it.', [
  command({
    name: 'start',
    summary: 'Starts the database and waits until it answers; makes the cluster when there is none.',
    options,
    exits: startExits,
    examples: [
      ['make start', 'the database on 127.0.0.1:8094'],
      ['make start PGPORT=8095', 'on another port'],
    ],
    run: (settings, context, resolved) => startDatabase(chooseRuntime(settings), resolved, context),
    render: howToConnect,
  }),
  command({
    name: 'stop',
    summary: 'Stops the database with a fast shutdown. The data stays.',
    options,
    exits: ['prerequisite', 'failed'],
    run: (settings, context) => stopDatabase(chooseRuntime(settings), settings, context),
    render: r =>
      r.stopped
        ? `${r.container} is stopped (${formatDuration(r.seconds)}). The data stays.`
        : `${r.container} was not running.`,
  }),
  command({
    name: 'restart',
    summary: 'Stops and starts the database, with the settings of db/config/postgres.',
    options,
    exits: startExits,
    async run(settings, context, resolved) {
      await stopDatabase(chooseRuntime(settings), settings, context)
      return startDatabase(chooseRuntime(settings), resolved, context)
    },
    render: howToConnect,
  }),
  command({
    name: 'status',
    summary: 'State, versions, size, uptime, connections.',
    options,
    exits: ['prerequisite'],
    async run(settings, context) {
      const { readStatus } = await import('./operations/status.ts')
      return readStatus(chooseRuntime(settings), settings, context.signal)
    },
    render(s) {
      if (s.state !== 'running') return `${s.container} is not running. make start starts it.`
      const timescale = s.timescaledb
        ? `TimescaleDB ${s.timescaledb.version} (${s.timescaledb.edition})`
        : 'no TimescaleDB'
      return [
        `${s.container} is running on ${s.host}:${s.port} for ${formatDuration(s.uptime_seconds ?? 0)}${s.in_recovery ? ', in recovery' : ''}.`,
        s.not_measured
          ? `  not measured: ${s.not_measured}`
          : `  PostgreSQL ${s.postgresql_version}, ${timescale}\n  ${formatBytes(s.size_bytes ?? 0)} in ${counted(s.databases, 'database')}, ${counted(s.connections, 'connection')}`,
        `  ${isInstallation(s.image ?? '') ? 'from ' : 'image'} ${s.image}`,
        `  data  ${s.data_dir}`,
        ...(s.salvaged_at
          ? [`  SALVAGED with pg_resetwal at ${s.salvaged_at}: for a dump, not for work (docs/SALVAGE.md)`]
          : []),
      ].join('\n')
    },
    exitCode: s => (s.state === 'running' ? 0 : 5),
  }),
  command({
    name: 'check-running',
    summary: 'Exit code 0 when the database runs, 5 when it does not.',
    options,
    exits: ['prerequisite'],
    async run(settings, context) {
      const { state } = await chooseRuntime(settings).server.status(settings, context.signal)
      return { running: state === 'running' }
    },
    render: r => (r.running ? 'running' : 'not running'),
    exitCode: r => (r.running ? 0 : 5),
  }),
  command({
    name: 'logs',
    summary: 'The last lines of the server’s log.',
    options: [...options, 'lines', 'follow'],
    exits: ['prerequisite'],
    async run(settings, context) {
      const { showLogs } = await import('./operations/logs.ts')
      return showLogs(chooseRuntime(settings), settings, context)
    },
    render: r => r.text,
  }),
  command({
    name: 'psql',
    summary: 'A psql prompt in the database, or one command.',
    options: [...options, 'command'],
    exits: ['prerequisite'],
    async run(settings) {
      const { openPsql } = await import('./operations/psql.ts')
      return openPsql(chooseRuntime(settings), settings)
    },
    exitCode: code => code,
  }),
  command({
    name: 'set-password',
    summary: 'Sets a role’s password through the server’s own socket, and writes it into db/.env.',
    options: [...options, 'role', 'newPassword'],
    exits: ['usage', 'prerequisite', 'failed', 'interrupted'],
    async run(settings, context, resolved) {
      const { setPassword } = await import('./operations/set_password.ts')
      return setPassword(chooseRuntime(settings), resolved, context)
    },
    render: r => `The password of “${r.role}” is set${r.dotenv ? ' and written into db/.env' : ''}.`,
  }),
  command({
    name: 'start-restored',
    summary: 'Starts a restored cluster, waits for the end of recovery and says what came back.',
    options,
    exits: startExits,
    async run(settings, context, resolved) {
      const { startRestored } = await import('./operations/start_restored.ts')
      return startRestored(chooseRuntime(settings), resolved, context)
    },
    render: whatCameBack,
  }),
  command({
    name: 'undo-restore',
    summary: 'Puts the data from before the last restore back, after asking; what was restored is kept.',
    options: [...options, 'force', 'dryRun'],
    exits: ['usage', 'prerequisite', 'locked', 'failed', 'interrupted'],
    async run(settings, context, resolved) {
      const { undoRestore } = await import('./operations/undo_restore.ts')
      return undoRestore(chooseRuntime(settings), resolved, context)
    },
    render: whatWentBack,
  }),
  command({
    name: 'discard-former',
    summary: 'Deletes the data that was kept from before earlier restores, after asking.',
    options: [...options, 'force', 'dryRun'],
    exits: ['usage', 'prerequisite', 'locked', 'interrupted'],
    async run(settings, context) {
      const { discardFormer } = await import('./operations/former.ts')
      return discardFormer(chooseRuntime(settings), settings, context)
    },
    render: r =>
      r.discarded
        .map(d => `${r.done ? 'Deleted' : 'Would delete'} ${d.folder} (${formatBytes(d.bytes)}).`)
        .join('\n') || 'The data was deleted by an earlier run already; what that one left is gone now.',
  }),
])
