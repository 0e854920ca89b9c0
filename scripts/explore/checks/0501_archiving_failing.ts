import { check } from './check.ts'

export const archivingFailing = check({
  number: '0501',
  name: 'archiving_failing',
  title: 'The write-ahead log is not archived',
  severity: 'critical',
  why: 'archive_command fails. The server keeps every file of the log until it could be archived: the disk fills up, and then the server stops. And what is not in the archive cannot be restored from it.',
  mend: 'The server’s log has the words of the command. Usual causes: the place is full, not mounted, or not to be written by the server’s user; the file is there already. Once it works the server catches up by itself.',
  source: 'https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-ARCHIVING-WAL',
  needs: ['write_ahead_log'],
  find({ write_ahead_log: log }) {
    if (log.archive_mode === 'off')
      return { not_applicable: 'archive_mode is off: there is no archive that could fail.' }
    const { last_failed_at: failed, last_archived_at: archived } = log
    // Failures of old that were made good are no finding: the file is tried again until it succeeds.
    if (failed === null || (archived !== null && archived > failed)) return []
    return [
      {
        object: '',
        reason: `The last try failed at ${failed}, for file ${log.last_failed_wal}; ${archived === null ? 'none has succeeded yet' : `the last that succeeded was at ${archived}`}.`,
        sql: 'SHOW archive_command;\nSELECT * FROM pg_stat_archiver;',
      },
    ]
  },
})
