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
  const { window, from, to } = wish
  const range = from === undefined ? ofWindow(window, to, extent) : ofMoments(from, to, extent)
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

function ofMoments(from: number, to: number | undefined, { newest, now }: Extent): Range {
  const end = newest > from ? Math.min(newest, now) : now
  return { from, to: to ?? Math.max(from, end), notes: [] }
}

/**
 * A window ends now, or where it is told to. Where all rows are older than it, as in a restored backup, it ends at the
 * newest row. Where there are no rows for its first part, it is as long as the data.
 */
function ofWindow(window: Window, wanted: number | undefined, { oldest, newest, now }: Extent): Range {
  const isPast = wanted === undefined && newest < now - window.milliseconds
  const to = wanted ?? (isPast ? newest : now)
  const from = to - window.milliseconds
  const last = Math.min(newest, to)
  const notes = isPast ? [`The newest row is of ${moment(newest)} UTC: the window ends there.`] : []
  // A twentieth more or less is not worth a word.
  if (oldest <= from || oldest > to || last - oldest >= 0.95 * window.milliseconds) return { from, to, notes }
  return {
    from: oldest,
    to: last,
    notes: [...notes, `${coverage(window, last - oldest)}: there are no older rows.`],
  }
}
