import { describe, expect, test } from 'vitest'
import { chartOf } from '../testing.ts'
import { svg } from './svg.ts'

const paths = (picture: string, kind: string): string[] =>
  [...picture.matchAll(/<path class="([^"]*)" d="([^"]*)"/g)].flatMap(([, classes = '', d = '']) =>
    classes.startsWith(kind) ? [d] : [],
  )

describe('the picture', () => {
  test('says what it is to who cannot see it', () => {
    const picture = svg(chartOf('lines', { Basel: [1, 2] }), 'auto')
    expect(picture).toMatch(
      /^<svg [^>]*role="img" aria-labelledby="chart-temperature-title chart-temperature-desc"/,
    )
    expect(picture).toContain('<title id="chart-temperature-title">Air</title>')
    expect(picture).toMatch(/<desc id="chart-temperature-desc">Line chart, .*Basel: from 1\.00 to 2\.00 °C/)
  })

  test('leaves a gap where there is a gap, and a dot where one reading stands alone', () => {
    const [path = ''] = paths(svg(chartOf('lines', { a: [1, 2, null, 4, null, 6] }), 'light'), 'line')
    expect(path.match(/M/g)).toHaveLength(3)
    expect(path).toMatch(/^M[\d.]+,[\d.]+L[\d.]+,[\d.]+M[\d.]+,[\d.]+ZM[\d.]+,[\d.]+Z$/)
  })

  test('stacks one upon the other', () => {
    const [below = '', above = ''] = paths(svg(chartOf('stacked', { a: [1, 1], b: [2, 2] }), 'light'), 'area')
    const heights = (path: string) =>
      [...new Set([...path.matchAll(/,([\d.]+)/g)].map(([, y]) => Number(y)))].sort((x, y) => y - x)
    const [bottom = 0, middle = 0] = heights(below)
    expect(heights(above)[0]).toBe(middle)
    const top = heights(above)[1] ?? 0
    expect((middle - top) / (bottom - middle)).toBeCloseTo(2, 1)
  })

  test('hatches where one of a stack is silent, and not before it has begun', () => {
    const hatches = (a: (number | null)[], b: (number | null)[]) =>
      svg(chartOf('stacked', { a, b }), 'light').match(/<rect [^>]*-hatch\)"/g)?.length ?? 0
    expect(hatches([1, 1, 1, 1], [1, null, null, 1])).toBe(1)
    expect(hatches([1, 1, 1, 1, 1], [1, null, 1, null, 1])).toBe(2)
    expect(hatches([1, 1, 1], [1, 1, null])).toBe(1)
    expect(hatches([1, 1, 1], [null, 1, 1])).toBe(0)
    expect(hatches([1, null, 1], [1, null, 1])).toBe(0)
  })

  test('is in one piece, whatever the series are called', () => {
    const picture = svg(chartOf('lines', { '<script>&"\'': [1], 'a\u0001b\ud800': [2] }), 'light')
    expect(picture).toContain('&lt;script&gt;&amp;&quot;')
    expect(picture).not.toContain('<script')
    expect(picture).toContain('a\ufffdb\ufffd')
  })

  test('has no NaN in it, of whatever little there is', () => {
    for (const values of [[5], [0, 0], [null, 3, null], [-1, -1], [1e12, -1e-9]])
      for (const style of ['lines', 'bands', 'stacked'] as const)
        expect(svg(chartOf(style, { a: values }), 'auto')).not.toMatch(/NaN|Infinity|undefined/)
  })
})
