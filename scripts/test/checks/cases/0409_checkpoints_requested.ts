import type { Gathered } from '../../../explore/facts.ts'
import type { CheckCases } from '../case.ts'

const checkpoints =
  (timed: number, requested: number) =>
  ({ write_ahead_log: log }: Gathered): Partial<Gathered> =>
    'value' in log
      ? {
          write_ahead_log: {
            value: { ...log.value, checkpoints_timed: timed, checkpoints_requested: requested },
          },
        }
      : {}

export const cases: CheckCases = {
  fires: [
    {
      title: 'CHECKPOINT again and again',
      sql: Array<string>(20).fill('CHECKPOINT'),
      limits: { checkpoints: 15 },
    },
  ],
  quiet: [{ title: 'nearly all by the clock (given)', given: checkpoints(95, 5) }],
  says: [
    {
      title: 'a server that has hardly begun to count (given)',
      given: checkpoints(1, 5),
      outcome: 'not assessed',
      reason: /only 6 checkpoints/,
    },
  ],
}
