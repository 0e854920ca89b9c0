import { check } from './check.ts'
import { plural } from './words.ts'

export const checksumFailures = check({
  number: '0507',
  name: 'checksum_failures',
  title: 'Damaged pages were read',
  severity: 'critical',
  why: 'A page was not what had been written: the disk, the memory or the file system has changed it. Where there is one there are often more, and every backup since may have it.',
  mend: 'Keep your oldest backups. Look for errors of the disk in the system’s log, move to sound hardware, and restore a backup from before. The server’s log names the file and the block.',
  source: 'https://www.postgresql.org/docs/current/checksums.html',
  needs: ['activity'],
  find({ activity }) {
    if (activity.checksum_failures === null)
      return { not_applicable: 'The cluster has no checksums, so that none can fail.' }
    if (activity.checksum_failures === 0) return []
    return [
      {
        object: '',
        reason: `${plural(activity.checksum_failures, 'page was', 'pages were')} read whose checksum was wrong.`,
        sql: 'SELECT datname, checksum_failures, checksum_last_failure FROM pg_stat_database WHERE checksum_failures > 0;',
        worth: activity.checksum_failures,
      },
    ]
  },
})
