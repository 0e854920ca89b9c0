import { check } from './check.ts'

export const dataChecksumsOff = check({
  number: '0505',
  name: 'data_checksums_off',
  title: 'Pages have no checksums',
  severity: 'notice',
  why: 'Disks and memory sometimes change a bit without a word. With checksums the server notices when it reads the page, and a backup when it copies it; without them wrong data is handed out, and saved.',
  mend: 'With the server stopped, pg_checksums --enable writes them into every page; that takes about as long as to read and write it all. New clusters: initdb --data-checksums, the usual from PostgreSQL 18 on.',
  source: 'https://www.postgresql.org/docs/current/app-pgchecksums.html',
  needs: ['settings'],
  find({ settings }) {
    const { data_checksums: checksums } = settings
    if (checksums === undefined) return { not_assessed: 'The server does not say whether it has checksums.' }
    if (checksums.setting !== 'off') return []
    return [
      {
        object: '',
        reason: 'data_checksums is off: damage of the disk goes unnoticed.',
        sql: '-- In a shell, with the server stopped: pg_checksums --enable --pgdata <data directory>',
      },
    ]
  },
})
