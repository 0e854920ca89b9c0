import { formatBytes } from '../../terminal/format.ts'
import type { HypertableFacts } from '../facts.ts'
import { check } from './check.ts'
import { changeInterval, timeOf, withTimescale } from './timescale.ts'
import { enumerate } from './words.ts'

/** Nothing is written to what ended more than the length of a chunk ago. Integers tell no time. */
function isWrittenTo(hypertable: HypertableFacts, now: Date): boolean {
  const end = hypertable.last_end
  if (end === null) return false
  const dimension = timeOf(hypertable)
  if (dimension?.interval === dimension?.interval_text) return true
  return Date.parse(end) >= now.getTime() - Number(dimension?.interval ?? 0) / 1000
}

export const chunkIndexesExceedMemory = check({
  number: '0601',
  name: 'chunk_indexes_exceed_memory',
  title: 'Indexes of the newest chunks do not fit into memory',
  severity: 'warning',
  why: 'Each row that is written goes into every index of its chunk, at any place of it. While these indexes fit into a quarter of the memory this is fast; beyond that, each row waits for the disk.',
  mend: 'Make the chunks shorter, or drop indexes that nobody uses. A new interval holds for chunks that are made from then on.',
  source: 'https://www.tigerdata.com/docs/learn/hypertables/sizing-hypertable-chunks',
  needs: ['server', 'timescale'],
  thresholds: {
    percent: { default: 25, unit: 'percent', meaning: 'they take more of the memory' },
    memory_bytes: {
      default: 0,
      unit: 'bytes',
      meaning: 'memory of the server’s machine; 0: what the toolkit sees',
    },
  },
  find: ({ server, timescale }, { percent, memory_bytes }, now) =>
    withTimescale(timescale, ({ hypertables }) => {
      const written = hypertables
        .filter(one => isWrittenTo(one, now))
        .sort((a, b) => b.current_chunk_index_bytes - a.current_chunk_index_bytes)
      const [largest] = written
      if (!largest) return []
      const memory = memory_bytes || server.memory_bytes
      if (!memory)
        return {
          not_assessed:
            'How much memory the server’s machine has is not known here. explore.yaml takes it, for check 0601, as memory_bytes.',
        }
      const bytes = written.reduce((sum, one) => sum + one.current_chunk_index_bytes, 0)
      const limit = (memory * percent) / 100
      if (bytes <= limit) return []
      const names = written.slice(0, 3).map(one => `${one.id} ${formatBytes(one.current_chunk_index_bytes)}`)
      return [
        {
          object: largest.id,
          reason: `The indexes of the chunks that are written to take ${formatBytes(bytes)}, and ${percent} % of the memory are ${formatBytes(limit)}: ${enumerate(names)}.`,
          sql: changeInterval(largest, limit / bytes),
          worth: bytes,
        },
      ]
    }),
})
