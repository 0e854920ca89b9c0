import type { Chart } from '../model.ts'
import type { Layout } from './layout.ts'
import { element } from './xml.ts'

type Stretch = { from: number; to: number }

/** What is drawn behind a stack where it is too low, and what is said of it. */
export function hatched(chart: Chart): { notes: string[]; draw(layout: Layout, id: string): string[] } {
  const stretches = chart.metric.style === 'stacked' ? incomplete(chart) : []
  const note = `Hatched: a ${chart.metric.series} gave no readings, so the sum is too low.`
  return {
    notes: stretches.length > 0 ? [note] : [],
    draw: (layout, id) => stretches.map(stretch => rectangle(stretch, layout, id)),
  }
}

function rectangle({ from, to }: Stretch, { x, left, panels: [panel] }: Layout, id: string): string {
  const begin = Math.max(x(from), left)
  const size = { width: x(to) - begin, height: panel?.height }
  return element('rect', { x: begin, y: panel?.top, ...size, fill: `url(#${id}-hatch)` })
}

export function hatchPattern(id: string): string {
  const line = element('line', { class: 'hatch', x1: 0, y1: 0, x2: 0, y2: 6 })
  const units = { patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' }
  return element('pattern', { id: `${id}-hatch`, width: 6, height: 6, ...units }, line)
}

/** Stretches in which a series that had begun has no reading, while another one has. */
export function incomplete({ series, times, to, step }: Chart): Stretch[] {
  const begins = series.map(({ values }) => values.findIndex(value => value !== null))
  const stretches: Stretch[] = []
  for (const [at, time] of times.entries()) {
    const silent = series.filter(({ values }, number) => values[at] === null && at > (begins[number] ?? 0))
    const speaks = series.some(({ values }) => values[at] !== null)
    if (silent.length === 0 || !speaks) continue
    const end = Math.min(time + step * 1000, to)
    const last = stretches.at(-1)
    if (last && last.to >= time) last.to = end
    else stretches.push({ from: time, to: end })
  }
  return stretches
}
