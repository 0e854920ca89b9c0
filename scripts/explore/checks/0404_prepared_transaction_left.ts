import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { comment, quoteLiteral } from './words.ts'

export const preparedTransactionLeft = check({
  number: '0404',
  name: 'prepared_transaction_left',
  title: 'Prepared transaction that nobody ended',
  severity: 'warning',
  why: 'A prepared transaction belongs to no session: it survives a restart, keeps its locks, and VACUUM can clean up nothing that was deleted since. After some weeks of it the server stops to accept writes.',
  mend: 'Ask the program that prepared it (a transaction manager) whether it is to be committed. What nobody knows any more is rolled back, in its own database.',
  source: 'https://www.postgresql.org/docs/current/sql-prepare-transaction.html',
  needs: ['activity'],
  thresholds: { seconds: { default: 3600, unit: 'seconds', meaning: 'a prepared transaction is older' } },
  find: ({ activity }, { seconds }) =>
    activity.prepared
      .filter(one => one.seconds >= seconds)
      .map(({ gid, owner, database, seconds: age }) => ({
        object: '',
        reason: `Prepared transaction ${quoteLiteral(gid)} of role ${owner} in database ${database} is ${formatDuration(age)} old.`,
        sql: `${comment(`In database ${database}; or COMMIT PREPARED, if its work is to stay.`)}\nROLLBACK PREPARED ${quoteLiteral(gid)};`,
        worth: age,
      })),
})
