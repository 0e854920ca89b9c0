import type { Chart } from '../model.ts'
import { type Layout, type Panel, sizes } from './layout.ts'
import { colourOf } from './shapes.ts'
import { textWidth } from './text.ts'
import { timeTicks } from './time_axis.ts'
import { element, rule, text, words } from './xml.ts'

export const unitOf = ({ left, panels: [panel] }: Layout, unit: string): string =>
  words('muted small end', left - 8, (panel?.top ?? 0) - 16, unit)

export function verticalAxis({ left, right }: Layout, { top, y, ticks }: Panel): string[] {
  const format = y.tickFormat(5)
  return ticks.flatMap(tick => [
    rule('grid', [left, top + y(tick)], [right, top + y(tick)]),
    words('muted small end', left - 8, top + y(tick) + 4, format(tick)),
  ])
}

/** At the right: the colour, the name and the last figure of each series. */
export function labels(chart: Chart, { right }: Layout, panel: Panel): string[] {
  return panel.labels.map(({ at, series, name, value }) => {
    const swatch = { x: right + 6, y: at - 2, width: 10, height: 4, rx: 2 }
    const figure = value === '' ? '' : element('tspan', { class: 'muted', dx: 6 }, text(value))
    return [
      element('rect', { class: `fill${colourOf(chart, series)}`, ...swatch }),
      element('text', { class: 'ink small', x: right + 20, y: at + 4 }, text(isolated(name)), figure),
    ].join('')
  })
}

/** Names in letters that run from right to left would take the figure to their left (Unicode, UAX 9: isolates). */
const isolated = (name: string): string => (/[\u0590-\u08ff]/.test(name) ? `\u2068${name}\u2069` : name)

export function timeAxis(chart: Chart, { left, right, bottom, x }: Layout): string[] {
  const ticks = timeTicks(chart.from, chart.to, right - left, sizes.label)
  return [
    rule('axis', [left, bottom], [right, bottom]),
    ...ticks.flatMap(({ at, label, context }) => [
      rule('axis', [x(at), bottom], [x(at), bottom + 5]),
      words('muted small middle', x(at), bottom + 20, label),
      ...(context === undefined ? [] : [contextOf(x(at), bottom + 37, context)]),
    ]),
  ]
}

/** The day, month or year below a tick; the first one must not stand out of the picture. */
function contextOf(x: number, y: number, context: string): string {
  const half = textWidth(context, sizes.label) / 2
  return x - half < sizes.margin
    ? words('ink small', sizes.margin, y, context)
    : words('ink small middle', x, y, context)
}
