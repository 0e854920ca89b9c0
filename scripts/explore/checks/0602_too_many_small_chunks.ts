import { formatBytes, formatCount } from '../../terminal/format.ts'
import { check } from './check.ts'
import { changeInterval, withTimescale } from './timescale.ts'

export const tooManySmallChunks = check({
  number: '0602',
  name: 'too_many_small_chunks',
  title: 'Very many small chunks',
  severity: 'warning',
  why: 'Each chunk is a table with indexes of its own. With thousands of small ones a query spends more time to plan and to open them than to read, and takes a lock on each.',
  mend: 'Make the chunks longer. A new interval holds for chunks that are made from then on; those of before go with time, by retention.',
  source: 'https://www.tigerdata.com/docs/learn/hypertables/sizing-hypertable-chunks',
  needs: ['timescale'],
  thresholds: {
    chunks: { default: 1000, unit: 'chunks', meaning: 'a hypertable has more' },
    bytes: {
      default: 10 * 1024 ** 2,
      unit: 'bytes',
      meaning: 'and they are smaller on average, before compression',
    },
  },
  find: ({ timescale }, { chunks, bytes }) =>
    withTimescale(timescale, ({ hypertables }) =>
      hypertables.flatMap(one => {
        // What is compressed is small for a good reason: it counts with its size of before.
        const size = one.bytes - (one.after_compression_bytes ?? 0) + (one.before_compression_bytes ?? 0)
        const average = size / one.chunks
        if (one.chunks <= chunks || average >= bytes) return []
        const times = Math.min(100, Math.max(2, Math.round((10 * bytes) / Math.max(average, 1))))
        return [
          {
            object: one.id,
            reason: `${formatCount(one.chunks)} chunks of ${formatBytes(average)} on average, each ${one.dimensions[0]?.interval_text} long.`,
            sql: changeInterval(one, times),
            worth: one.chunks,
          },
        ]
      }),
    ),
})
