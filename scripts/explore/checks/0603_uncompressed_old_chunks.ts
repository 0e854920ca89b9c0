import { check } from './check.ts'
import { policyOf, withFullEdition } from './timescale.ts'
import { plural } from './words.ts'

export const uncompressedOldChunks = check({
  number: '0603',
  name: 'uncompressed_old_chunks',
  title: 'Chunks that should have been compressed',
  severity: 'warning',
  why: 'A policy says from what age on chunks are compressed, and these are older. They take ten times the space that they should, and the reason, a job that fails or does not run, will not go away by itself.',
  mend: 'See whether the job fails, is paused, or takes too few chunks at a time (maxchunks_to_compress). Late data opens a compressed chunk again: the next run takes care of it. Then run it once by hand.',
  source: 'https://www.tigerdata.com/docs/api/latest/compression/add_compression_policy',
  needs: ['server', 'timescale'],
  thresholds: {
    chunks: { default: 1, unit: 'chunks', meaning: 'so many are overdue, one more run allowed for' },
  },
  find: (facts, { chunks }) =>
    withFullEdition(facts, timescale =>
      timescale.hypertables.flatMap(({ id, overdue_compression: overdue }) => {
        if (overdue === null || overdue < chunks) return []
        const job = policyOf(timescale, id, 'compression')
        return [
          {
            object: id,
            reason: `${plural(overdue, 'chunk')} older than ${job?.after ?? 'the policy says'} ${overdue === 1 ? 'is' : 'are'} not compressed.`,
            ...(job && { sql: `CALL run_job(${job.id});` }),
            worth: overdue,
          },
        ]
      }),
    ),
})
