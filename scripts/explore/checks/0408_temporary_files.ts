import { formatBytes, formatCount } from '../../terminal/format.ts'
import { check } from './check.ts'
import { plural } from './words.ts'

const day = 86_400_000

export const temporaryFiles = check({
  number: '0408',
  name: 'temporary_files',
  title: 'Sorts and joins that do not fit into memory',
  severity: 'notice',
  why: 'What a statement sorts or joins and does not fit into work_mem is written to temporary files on disk, and read again. That is slower, and a statement gone wrong can fill the disk.',
  mend: 'log_temp_files writes into the log which statements do it. Give those more work_mem (for their role, or in their session), or an index that gives the order. work_mem is per sort and per session: a large one for everybody may use up the memory.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-WORK-MEM',
  needs: ['server', 'activity'],
  thresholds: {
    bytes_per_day: { default: 10 * 1024 ** 3, unit: 'bytes', meaning: 'more is written on a day' },
  },
  find({ server, activity }, { bytes_per_day }, now) {
    const since = Date.parse(server.statistics_since ?? server.started_at)
    const days = Math.max(1, (now.getTime() - since) / day)
    const each = activity.temp_bytes / days
    if (activity.temp_bytes === 0 || each < bytes_per_day) return []
    return [
      {
        object: '',
        reason: `${formatCount(activity.temp_files)} temporary files with ${formatBytes(activity.temp_bytes)} in ${plural(Math.round(days), 'day')}: ${formatBytes(each)} on each.`,
        sql: "ALTER SYSTEM SET log_temp_files = '10MB';\nSELECT pg_reload_conf();",
        worth: each,
      },
    ]
  },
})
