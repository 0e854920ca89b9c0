/** `20260131_120000` of a moment, UTC. */
export const stampOf = (now: Date): string =>
  now
    .toISOString()
    .replace(/[-:]|\..*/g, '')
    .replace('T', '_')

/** The moment that a name ends with; undefined where it ends otherwise. */
function momentOf(name: string): Date | undefined {
  const [, date, time] = /(\d{4}\d{2}\d{2})_(\d{6})$/.exec(name) ?? []
  if (date === undefined || time === undefined) return undefined
  const iso = `${date.replace(/(....)(..)(..)/, '$1-$2-$3')}T${time.replace(/(..)(..)(..)/, '$1:$2:$3')}Z`
  const moment = new Date(iso)
  return Number.isNaN(moment.getTime()) ? undefined : moment
}

/**
 * Now; or, where one of these names carries a stamp that is not before it, the second after the last of them. So
 * whatever the clock says, a new name is another one, and the newest in the order of names.
 */
export function momentAfter(now: Date, names: readonly string[]): Date {
  const taken = names.flatMap(name => momentOf(name)?.getTime() ?? [])
  const last = taken.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  return last + 1000 <= now.getTime() ? now : new Date(last + 1000)
}

/**
 * What a new backup counts as among those that are there: the moment that it was begun, or a second after the newest,
 * where the clock was set back.
 */
export function orderAfter(startedAt: Date, others: readonly Date[]): Date {
  const newest = others.reduce((a, b) => Math.max(a, b.getTime()), Number.NEGATIVE_INFINITY)
  return newest < startedAt.getTime() ? startedAt : new Date(newest + 1000)
}
