import { check } from './check.ts'

export const archivingOff = check({
  number: '0502',
  name: 'archiving_off',
  title: 'No archive of the write-ahead log',
  severity: 'notice',
  why: 'Backups can be restored as they are, and nothing that was written after the last one. With an archive of the log the database can be brought to any moment since: to the second before somebody deleted the wrong rows.',
  mend: 'Decide how much work may be lost. If it is less than the time between two backups, archive the log (archive_command, or pg_receivewal on another machine) to another disk.',
  source: 'https://www.postgresql.org/docs/current/continuous-archiving.html',
  needs: ['server', 'write_ahead_log'],
  find({ server, write_ahead_log: log }) {
    if (server.in_recovery) return { not_applicable: 'This is a standby: its primary archives.' }
    if (log.standbys.some(({ application }) => application === 'pg_receivewal')) return []
    if (log.archive_mode !== 'off' && log.archive_configured === null)
      return {
        not_assessed: `Role ${server.role} may not see archive_command: GRANT pg_monitor TO ${server.role} shows it.`,
      }
    if (log.archive_mode !== 'off' && log.archive_configured) return []
    return [
      {
        object: '',
        reason: `${log.archive_mode === 'off' ? 'archive_mode is off' : 'archive_mode is on, and neither archive_command nor archive_library is set'}: only whole backups can be restored.`,
        sql: "-- ALTER SYSTEM SET archive_mode = 'on';\n-- ALTER SYSTEM SET archive_command = 'test ! -f /archive/%f && cp %p /archive/%f';\n-- then restart the server. /archive should be another disk.",
      },
    ]
  },
})
