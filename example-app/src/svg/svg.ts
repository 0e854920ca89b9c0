import type { Chart } from '../model.ts'
import { description } from '../words.ts'
import { labels, timeAxis, unitOf, verticalAxis } from './axes.ts'
import { hatched, hatchPattern } from './hatch.ts'
import { type Layout, layoutOf, sizes } from './layout.ts'
import { shapesOf } from './shapes.ts'
import { styleSheet, type Theme } from './theme.ts'
import { element, text, words } from './xml.ts'

const font =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"

/** The chart as a picture that stands for itself: SVG 1.1, one element, no scripts, nothing from elsewhere. */
export function svg(chart: Chart, theme: Theme): string {
  const { title, name, unit } = chart.metric
  // Several pictures may come to stand in one page.
  const id = `chart-${name.replace(/[^\w-]/g, '_')}`
  const holes = hatched(chart)
  const layout = layoutOf(chart, [...chart.notes, ...holes.notes])
  const { width } = sizes
  const content = [
    element('title', { id: `${id}-title` }, text(title)),
    element('desc', { id: `${id}-desc` }, text(description(chart))),
    element('style', {}, styleSheet(theme)),
    element('defs', {}, hatchPattern(id)),
    element('rect', { class: 'background', width, height: layout.height }),
    ...header(layout),
    ...holes.draw(layout, id),
    unitOf(layout, unit),
    ...layout.panels.flatMap(panel => [
      ...verticalAxis(layout, panel),
      ...shapesOf(chart, layout, panel),
      ...labels(chart, layout, panel),
    ]),
    ...timeAxis(chart, layout),
  ]
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width,
    height: layout.height,
    viewBox: `0 0 ${width} ${layout.height}`,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-desc`,
    'font-family': font,
  }
  return `${element('svg', attributes, '\n', content.join('\n'), '\n')}\n`
}

function header({ title, lines }: Layout): string[] {
  const { margin, lineHeight } = sizes
  const top = margin + sizes.title
  return [
    words('ink title', margin, top - 4, title),
    ...lines.map((line, at) => words('muted', margin, top + (at + 1) * lineHeight, line)),
  ]
}
