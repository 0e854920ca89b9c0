import type { Gathered, WriteAheadLogFacts } from '../../../explore/facts.ts'
import type { CheckCases } from '../case.ts'

const log =
  (changed: Partial<WriteAheadLogFacts>, in_recovery = false) =>
  (facts: Gathered): Partial<Gathered> =>
    'value' in facts.write_ahead_log && 'value' in facts.server
      ? {
          write_ahead_log: { value: { ...facts.write_ahead_log.value, ...changed } },
          server: { value: { ...facts.server.value, in_recovery } },
        }
      : {}
const standby = { application: 'replica', client: '10.0.0.2', state: 'streaming', sync_state: 'async' }

export const cases: CheckCases = {
  fires: [
    {
      title: 'a standby far behind in the log (given)',
      given: log({ standbys: [{ ...standby, behind_bytes: 5 * 1024 ** 3, replay_lag_seconds: null }] }),
    },
    {
      title: 'one that is late (given)',
      given: log({ standbys: [{ ...standby, behind_bytes: 10, replay_lag_seconds: 900 }] }),
    },
    {
      title: 'the standby itself, without its primary (given)',
      given: log({ receiver: { status: null, replay_lag_seconds: 7200 } }, true),
    },
  ],
  quiet: [
    {
      title: 'a standby that keeps up; its lag is unknown where nothing is written (given)',
      given: log({ standbys: [{ ...standby, behind_bytes: 0, replay_lag_seconds: null }] }),
    },
    {
      title: 'a standby that has replayed everything is not late, however quiet its primary (given)',
      given: log({ receiver: { status: 'streaming', replay_lag_seconds: 0 } }, true),
    },
  ],
  says: [
    { title: 'no standby', outcome: 'not applicable', reason: /No standby/ },
    {
      title: 'a base backup is no standby (given)',
      given: log({
        standbys: [
          {
            ...standby,
            application: 'pg_basebackup',
            state: 'backup',
            behind_bytes: null,
            replay_lag_seconds: null,
          },
        ],
      }),
      outcome: 'not applicable',
      reason: /No standby/,
    },
    {
      title: 'a standby that has replayed nothing yet (given)',
      given: log({ receiver: { status: null, replay_lag_seconds: null } }, true),
      outcome: 'not assessed',
      reason: /replayed nothing yet/,
    },
  ],
}
