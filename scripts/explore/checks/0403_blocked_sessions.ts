import { formatDuration } from '../../terminal/format.ts'
import { check } from './check.ts'
import { endSession, whose } from './sessions.ts'
import { plural } from './words.ts'

export const blockedSessions = check({
  number: '0403',
  name: 'blocked_sessions',
  title: 'Session that others wait for',
  severity: 'warning',
  why: 'Sessions wait for a lock that another one holds until its transaction ends. Who comes after them may wait as well, so that in the end a whole application stands still.',
  mend: 'Look what the one at the front does. Where it is idle in its transaction, or its work can be done again, end it. Changes of tables are best made with a lock_timeout, so that they give up instead of making a queue.',
  source: 'https://www.postgresql.org/docs/current/explicit-locking.html',
  needs: ['activity'],
  thresholds: { seconds: { default: 30, unit: 'seconds', meaning: 'a session waits for a lock for longer' } },
  find({ activity }, { seconds }) {
    const blocked = activity.sessions.filter(
      ({ blocked_by, query_seconds }) => blocked_by.length > 0 && (query_seconds ?? 0) >= seconds,
    )
    const isBlocked = new Set(blocked.map(({ pid }) => pid))
    // Only those at the front of the queue: the others are in nobody's way once it is gone. 0 is a prepared transaction.
    const front = new Set(blocked.flatMap(({ blocked_by }) => blocked_by).filter(pid => !isBlocked.has(pid)))
    return [...front].map(pid => {
      const session = activity.sessions.find(one => one.pid === pid)
      const waiting = blocked.filter(one => one.blocked_by.includes(pid))
      const longest = Math.max(...waiting.map(one => one.query_seconds ?? 0))
      const holder = pid === 0 ? 'A prepared transaction' : session ? whose(session) : `Process ${pid}`
      const state = session?.state?.startsWith('idle') ? ` It does nothing (${session.state}).` : ''
      return {
        object: '',
        reason: `${holder} holds a lock that ${plural(waiting.length, 'session waits', 'sessions wait')} for, the longest for ${formatDuration(longest)}.${state}`,
        sql:
          pid === 0
            ? '-- SELECT * FROM pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED, in its own database.'
            : session
              ? endSession(session)
              : `SELECT pg_terminate_backend(${pid});`,
        worth: longest,
      }
    })
  },
})
