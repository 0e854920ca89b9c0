import type { DataDirectory } from '../postgres/data_directory.ts'
import type { ImageFacts } from '../runtime/runtime.ts'

/** Archive recovery stops with “insufficient parameter settings” below what the saved server had. */
export const recoveryMinimums = ({ control }: Pick<DataDirectory, 'control'>): Record<string, string> => {
  const minimums = control?.minimums ?? {}
  const senders = Math.max(10, minimums.max_wal_senders ?? 0)
  return {
    ...Object.fromEntries(Object.entries(minimums).map(([name, value]) => [name, String(value)])),
    max_wal_senders: String(senders),
  }
}

/**
 * Settings of a server that does nothing but finish the recovery of a restored data directory, whatever the
 * configuration that was restored with it says: it reaches nobody, archives nothing, runs no jobs, and needs no files
 * from elsewhere.
 */
export function asideOptions(
  directory: Pick<DataDirectory, 'control'>,
  image: Pick<ImageFacts, 'timescaledb' | 'major'>,
): Record<string, string> {
  return {
    listen_addresses: '',
    port: '5432',
    ssl: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    lc_messages: 'C',
    external_pid_file: '',
    autovacuum: 'off',
    archive_mode: 'off',
    // Recovery without an archive: every request for a file is answered with “not there”.
    restore_command: 'false',
    primary_conninfo: '',
    recovery_target_timeline: 'latest',
    synchronous_standby_names: '',
    ...recoveryMinimums(directory),
    ...(image.timescaledb.length > 0 && { 'timescaledb.max_background_workers': '0' }),
  }
}

/** What a person has to know of what was held back. */
export function heldNotes({ held, jobs }: { held: readonly string[]; jobs: number }): string[] {
  const why: Record<string, string> = {
    archive_mode:
      'archive_mode is set to off in the restored cluster, so that it does not write into an archive that may be another server’s.',
    'timescaledb.max_background_workers': `${jobs} jobs of TimescaleDB are held in the restored cluster, so that none deletes what was restored.`,
  }
  return held.map(name => `${why[name]}\n       When it may: ALTER SYSTEM RESET ${name}; then restart it.`)
}

/** What cannot be held, because the server’s command line says it and has the last word. */
export function notHeldNotes(
  { jobs }: { jobs: number },
  options: Readonly<Record<string, string>>,
): string[] {
  const archives = !/^(off|false|no|0)$/i.test(options.archive_mode ?? 'off')
  const workers = options['timescaledb.max_background_workers'] ?? '0'
  return [
    ...(archives
      ? [
          `archive_mode=${options.archive_mode} stands on the server’s command line, so the restored cluster writes into that archive.`,
        ]
      : []),
    ...(jobs > 0 && workers !== '0'
      ? [
          `timescaledb.max_background_workers=${workers} stands on the server’s command line, so ${jobs} jobs of TimescaleDB run as soon as it starts.`,
        ]
      : []),
  ]
}
