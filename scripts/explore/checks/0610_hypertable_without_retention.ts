import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { policyOf, withFullEdition } from './timescale.ts'
import { quoteLiteral } from './words.ts'

export const hypertableWithoutRetention = check({
  number: '0610',
  name: 'hypertable_without_retention',
  title: 'Large hypertable that keeps everything',
  severity: 'notice',
  why: 'Nothing is ever deleted from it, so that one day the disk is full. It may be meant so: then nothing has to be done.',
  mend: 'Decide how long raw rows are needed. A retention policy drops chunks that are older; continuous aggregates can keep the sums. What it drops is gone: save first.',
  source:
    'https://www.tigerdata.com/docs/learn/data-lifecycle/data-retention/data-retention-with-continuous-aggregates',
  needs: ['server', 'timescale'],
  thresholds: { bytes: { default: 10 * 1024 ** 3, unit: 'bytes', meaning: 'the hypertable is larger' } },
  find: (facts, { bytes }) =>
    withFullEdition(facts, timescale =>
      timescale.hypertables
        .filter(one => one.bytes >= bytes && !policyOf(timescale, one.id, 'retention'))
        .map(one => ({
          object: one.id,
          reason: `${formatBytes(one.bytes)} since ${one.first_start}, and no retention policy.`,
          sql: `-- SELECT add_retention_policy(${quoteLiteral(one.id)}, drop_after => …);  what is older is deleted.`,
          worth: one.bytes,
        })),
    ),
})
