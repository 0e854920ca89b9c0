import { formatBytes } from '../../terminal/format.ts'
import type { HypertableFacts } from '../facts.ts'
import { type Html, html } from './escape.ts'
import { momentText, plural } from './values.ts'

const width = 600
const height = 72

/**
 * The chunks of a hypertable from the first to the last: a bar for each span, as high as its bytes; the part of its
 * chunks that is compressed is filled, the rest is lighter. A span without chunks is a gap.
 */
export function timeline(id: string, spans: HypertableFacts['timeline']): Html {
  const [first] = spans
  const last = spans.at(-1)
  if (!first || !last) return html``
  const most = Math.max(1, ...spans.map(({ bytes }) => bytes))
  const step = width / spans.length
  const bars = spans.map((span, i) => {
    if (span.chunks === 0) return null
    const whole = Math.max(2, (span.bytes / most) * height)
    const packed = (whole * span.compressed) / span.chunks
    const x = round(i * step)
    const w = round(Math.max(1, step - 1))
    const bar = (kind: string, y: number, h: number) =>
      h > 0 && html`<rect class="${kind}" x="${x}" y="${round(y)}" width="${w}" height="${round(h)}"/>`
    return [bar('loose', height - whole, whole - packed), bar('packed', height - packed, packed)]
  })
  const empty = spans.filter(({ chunks }) => chunks === 0).length
  const compressed = spans.reduce((sum, span) => sum + span.compressed, 0)
  const described = `${plural(spans.length, 'span')} of equal length from ${momentText(first.start)} to ${momentText(last.end)}, ${
    empty === 0 ? 'none' : empty
  } of them without chunks. The largest has ${formatBytes(most)}. ${plural(compressed, 'chunk')} compressed.`
  return html`<figure class="timeline"><svg viewBox="0 0 ${width} ${height}" preserveAspectRatio="none" role="img"><title>Chunks of ${id} over time</title><desc>${described}</desc>${bars}</svg>
<figcaption><span>${momentText(first.start)}</span><span class="legend">${
    compressed > 0 && html`<i class="packed"></i> compressed `
  }<i class="loose"></i> not compressed · largest ${formatBytes(most)}</span><span>${momentText(last.end)}</span></figcaption></figure>`
}

const round = (value: number): number => Number(value.toFixed(2))
