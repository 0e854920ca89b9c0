/** `20260131_120000` of a moment, UTC. */
export const stampOf = (now: Date): string =>
  now
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '_')
