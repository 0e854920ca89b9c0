import { ChartError } from './errors.ts'
import { moment } from './time.ts'
import { coverage, type Window } from './window.ts'

/** Milliseconds since 1970, both ends included. */
export type Range = { from: number; to: number; notes: readonly string[] }

export type Wish = { window: Window; from?: number | undefined; to?: number | undefined }

/** When the oldest and the newest row are from, and what time the server has. */
export type Extent = { oldest: number; newest: number; now: number }

/**
 * From when to when the chart goes, and what has to be said about that.
 * @throws ChartError usage when there are no rows in that time.
 */
export function chooseRange(wish: Wish, extent: Extent): Range {
  const range =
    wish.from === undefined && wish.to === undefined ? ofWindow(wish.window, extent) : ofMoments(wish, extent)
  if (range.from > extent.newest || range.to < extent.oldest) throw nothingIn(range, extent)
  return range
}

export const nothingIn = (
  { from, to }: { from: number; to: number },
  { oldest, newest }: Extent,
): ChartError =>
  new ChartError(
    'usage',
    `There is no data between ${moment(from)} and ${moment(to)} UTC; the newest row is of ${moment(newest)} UTC.`,
    `The rows begin at ${moment(oldest)} UTC. A larger --window, or --from and --to.`,
  )

function ofMoments({ window, from, to }: Wish, { newest, now }: Extent): Range {
  if (from === undefined) return { from: (to ?? now) - window.milliseconds, to: to ?? now, notes: [] }
  return { from, to: to ?? Math.max(from, Math.min(newest, now)), notes: [] }
}

/** A window ends now. Where all rows are older than it, as in a restored backup, it ends at the newest row. */
function ofWindow(window: Window, { oldest, newest, now }: Extent): Range {
  const isPast = newest < now - window.milliseconds
  const to = isPast ? newest : now
  const from = to - window.milliseconds
  const ended = `The newest row is of ${moment(newest)} UTC: the window ends there.`
  const last = Math.min(newest, to)
  // A twentieth more or less is not worth a word.
  if (last - oldest >= 0.95 * window.milliseconds || oldest > to) {
    return { from, to, notes: isPast ? [ended] : [] }
  }
  if (oldest <= from) return { from, to, notes: isPast ? [ended] : [] }
  const covered = `${coverage(window, last - oldest)}: there are no older rows.`
  return { from: oldest, to: last, notes: isPast ? [ended, covered] : [covered] }
}
