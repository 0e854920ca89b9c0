import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { endSession, whose } from './sessions.ts'

const day = 86_400

export const longTransaction = check({
  number: '0401',
  name: 'long_transaction',
  title: 'Transaction that has been open for long',
  severity: 'warning',
  why: 'As long as a transaction is open, VACUUM cannot take away any row that was deleted or replaced since it began, in no table of the database. Tables and indexes grow, and everything becomes slower. Its locks are kept as well.',
  mend: 'Find out what it does. A report may take its time; a program that forgot to commit is to be mended. pg_terminate_backend ends the session, and what it has not committed is undone.',
  source: 'https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-SPACE-RECOVERY',
  needs: ['activity'],
  thresholds: { seconds: { default: 900, unit: 'seconds', meaning: 'a transaction is open for longer' } },
  find: ({ activity }, { seconds }) =>
    activity.sessions.flatMap(session => {
      const open = session.transaction_seconds
      const idle = session.state?.startsWith('idle in transaction')
      // A dump reads in one transaction on purpose. After a day, somebody should look all the same.
      const dump = /^pg_dump(all)?$/.test(session.application) && (open ?? 0) < day
      if (open === null || idle || dump || open < seconds) return []
      return [
        {
          object: '',
          reason: `${whose(session)} has had a transaction open for ${formatDuration(open)}: ${session.query}`,
          sql: endSession(session),
          worth: open,
        },
      ]
    }),
})
