import type { Gathered } from '../../../explore/facts.ts'
import type { CheckCases } from '../case.ts'

const failures =
  (checksum_failures: number | null) =>
  ({ activity }: Gathered): Partial<Gathered> =>
    'value' in activity ? { activity: { value: { ...activity.value, checksum_failures } } } : {}

export const cases: CheckCases = {
  fires: [{ title: 'two damaged pages (given)', given: failures(2) }],
  quiet: [{ title: 'none (given)', given: failures(0) }],
  says: [
    {
      title: 'without checksums (given)',
      given: failures(null),
      outcome: 'not applicable',
      reason: /no checksums/,
    },
  ],
}
