import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { endSession, whose } from './sessions.ts'

export const idleInTransaction = check({
  number: '0402',
  name: 'idle_in_transaction',
  title: 'Session that does nothing in an open transaction',
  severity: 'warning',
  why: 'A program began a transaction and does not go on. Its locks are kept, others may wait for them, and VACUUM cannot clean up anything that was deleted since.',
  mend: 'Mend the program: it should commit or roll back before it waits for somebody or does other work. idle_in_transaction_session_timeout ends such sessions by itself.',
  source:
    'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-IDLE-IN-TRANSACTION-SESSION-TIMEOUT',
  needs: ['activity'],
  thresholds: { seconds: { default: 300, unit: 'seconds', meaning: 'a session does nothing for longer' } },
  find: ({ activity }, { seconds }) =>
    activity.sessions.flatMap(session => {
      const { state, state_seconds: idle } = session
      if (!state?.startsWith('idle in transaction') || idle === null || idle < seconds) return []
      return [
        {
          object: '',
          reason: `${whose(session)} has done nothing in its transaction for ${formatDuration(idle)}. Its last statement: ${session.query}`,
          sql: endSession(session),
          worth: idle,
        },
      ]
    }),
})
