import { scaleUtc } from 'd3-scale'
import { clock, dayOfMonth, month, weekday, year } from '../time.ts'
import { textWidth } from './text.ts'

/** A tick has its own label, and below the first one of each day, month or year stands which. */
export type Tick = { at: number; label: string; context: string | undefined }

const dayLength = 86_400_000

const levels: readonly {
  below: number
  label: (t: number) => string
  context: (t: number) => string | undefined
}[] = [
  { below: dayLength, label: clock, context: weekday },
  { below: 28 * dayLength, label: dayOfMonth, context: time => `${month(time)} ${year(time)}` },
  { below: 365 * dayLength, label: month, context: year },
  { below: Infinity, label: year, context: () => undefined },
]

/** The ticks of an axis `width` pixels long, so that no two labels touch. */
export function timeTicks(from: number, to: number, width: number, size: number): Tick[] {
  const scale = scaleUtc([from, to], [0, width])
  const times = scale.ticks(Math.max(2, Math.floor(width / 80))).map(time => time.getTime())
  const between = Math.min(...times.slice(1).map((time, at) => time - (times[at] ?? 0)), Infinity)
  const level = levels.find(({ below }) => between < below) ?? levels[0]
  if (!level) return []
  const widest = Math.max(...times.map(time => textWidth(level.label(time), size)))
  const room = times.length < 2 ? width : scale(from + between) - scale(from)
  const every = Math.ceil((widest + 8) / room)
  const chosen = times.filter((_, index) => index % every === 0)
  const ticks = chosen.map((at, index): Tick => {
    const context = level.context(at)
    const before = chosen[index - 1]
    const isSame = before !== undefined && level.context(before) === context
    return { at, label: level.label(at), context: isSame ? undefined : context }
  })
  // The first context is often only the end of a day: it gives way.
  let free = Infinity
  for (const tick of ticks.toReversed()) {
    if (tick.context === undefined) continue
    const half = textWidth(tick.context, size) / 2 + 4
    if (scale(tick.at) + half > free) tick.context = undefined
    else free = scale(tick.at) - half
  }
  return ticks
}
