import { formatBytes } from '../../terminal/format.ts'
import { check } from './check.ts'
import { policyOf, withFullEdition } from './timescale.ts'
import { comment, quoteLiteral } from './words.ts'

export const hypertableWithoutCompression = check({
  number: '0611',
  name: 'hypertable_without_compression',
  title: 'Large hypertable that is not compressed',
  severity: 'notice',
  why: 'Old rows of a time series take a tenth of the space when they are compressed, and queries over long times become faster. Rows that are changed often should not be.',
  mend: 'Choose the column that queries ask for (segmentby: a device, a sensor) and the age from which rows hardly change. Then add a policy; it does the rest.',
  source: 'https://www.tigerdata.com/docs/api/latest/compression/add_compression_policy',
  needs: ['server', 'timescale'],
  thresholds: { bytes: { default: 10 * 1024 ** 3, unit: 'bytes', meaning: 'the hypertable is larger' } },
  find: (facts, { bytes }) =>
    withFullEdition(facts, timescale =>
      timescale.hypertables
        .filter(
          one =>
            one.bytes >= bytes && one.compressed_chunks === 0 && !policyOf(timescale, one.id, 'compression'),
        )
        .map(one => ({
          object: one.id,
          reason: `${formatBytes(one.bytes)} in ${one.chunks} chunks, none of them compressed, and no policy that would.`,
          sql: comment(
            `ALTER TABLE ${one.id} SET (timescaledb.compress, timescaledb.compress_segmentby = '…');\nSELECT add_compression_policy(${quoteLiteral(one.id)}, compress_after => …);`,
          ),
          worth: one.bytes,
        })),
    ),
})
