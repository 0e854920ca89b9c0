import { check } from './check.ts'

export const cacheHitRatio = check({
  number: '0406',
  name: 'cache_hit_ratio',
  title: 'Much is read that was not in shared buffers',
  severity: 'notice',
  why: 'PostgreSQL keeps what was read last in shared_buffers. What is not there is asked of the operating system, which may have it in memory as well, or read it from disk. So this is a hint and no more: the server cannot tell which of the two it was.',
  mend: 'See which statements read most (pg_stat_statements, shared_blks_read). Often an index is missing. Then consider shared_buffers: a quarter of the memory is usual; it takes a restart.',
  source: 'https://www.postgresql.org/docs/current/runtime-config-resource.html#GUC-SHARED-BUFFERS',
  needs: ['relations'],
  thresholds: {
    percent: { default: 90, unit: 'percent', meaning: 'fewer of the reads are from shared buffers' },
    blocks: { default: 100_000, unit: 'blocks', meaning: 'fewer reads than that say nothing' },
  },
  find({ relations }, { percent, blocks }) {
    const sum = (key: 'blocks_hit' | 'blocks_read') =>
      relations.reduce((all, { usage }) => all + (usage?.[key] ?? 0), 0)
    const hit = sum('blocks_hit')
    const all = hit + sum('blocks_read')
    if (all < blocks)
      return {
        not_assessed: `The tables of this database were read too little to judge: ${all.toLocaleString('en-US')} blocks since its statistics began.`,
      }
    const ratio = (100 * hit) / all
    if (ratio >= percent) return []
    return [
      {
        object: '',
        reason: `${ratio.toFixed(1)} % of ${all.toLocaleString('en-US')} blocks of tables and indexes were found in shared buffers.`,
        sql: "SHOW shared_buffers;\n-- ALTER SYSTEM SET shared_buffers = '…';  a quarter of the memory is usual; then restart the server.",
      },
    ]
  },
})
