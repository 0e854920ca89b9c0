import { describe, expect, test } from 'vitest'
import { type Colours, dark, light, styleSheet } from './theme.ts'

/** Red, green and blue in linear light, 0 to 1. https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
const linear = (hex: string): number[] =>
  [1, 3, 5].map(at => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })

const weighted = (weights: readonly number[], values: readonly number[]): number =>
  weights.reduce((sum, weight, at) => sum + weight * (values[at] ?? 0), 0)

function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [a, b]
    .map(hex => weighted([0.2126, 0.7152, 0.0722], linear(hex)))
    .sort((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

/** How colours look to people with a full deficiency: Machado, Oliveira, Fernandes 2009, doi:10.1109/TVCG.2009.113. */
const eyes: Record<string, readonly (readonly number[])[]> = {
  'all three kinds of cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
}

/** OKLab, whose distances are those that one sees: https://bottosson.github.io/posts/oklab/ */
function oklab(rgb: readonly number[]): number[] {
  const cones = [
    [0.4122214708, 0.5363325363, 0.0514459929],
    [0.2119034982, 0.6806995451, 0.1073969566],
    [0.0883024619, 0.2817188376, 0.6299787005],
  ].map(weights => Math.cbrt(weighted(weights, rgb)))
  return [
    [0.2104542553, 0.793617785, -0.0040720468],
    [1.9779984951, -2.428592205, 0.4505937099],
    [0.0259040371, 0.7827717662, -0.808675766],
  ].map(weights => weighted(weights, cones))
}

const seenBy = (matrix: readonly (readonly number[])[], hex: string): number[] =>
  oklab(matrix.map(weights => Math.min(1, Math.max(0, weighted(weights, linear(hex))))))

describe.each<[string, Colours]>([
  ['light', light],
  ['dark', dark],
])('the %s colours', (_, colours) => {
  test('stand out from the background: 3 to 1, and texts 4.5 to 1', () => {
    for (const colour of colours.series)
      expect(contrast(colour, colours.background)).toBeGreaterThanOrEqual(3)
    for (const colour of [colours.ink, colours.muted])
      expect(contrast(colour, colours.background)).toBeGreaterThanOrEqual(4.5)
  })

  test.each(Object.entries(eyes))('can be told apart with %s', (_name, matrix) => {
    const seen = colours.series.map(hex => seenBy(matrix, hex))
    // Two hundredths is about the smallest difference that one sees; the ninth colour is the grey of the sum.
    for (const [at, one] of seen.entries())
      for (const other of seen.slice(0, at)) {
        const distance = Math.hypot(...one.map((value, axis) => value - (other[axis] ?? 0)))
        expect(distance).toBeGreaterThan(at < 8 ? 0.11 : 0.05)
      }
  })
})

test('a picture can follow the reader’s system, or not', () => {
  expect(styleSheet('auto')).toContain(`.background{fill:${light.background}}`)
  expect(styleSheet('auto')).toContain(
    `@media (prefers-color-scheme: dark){.background{fill:${dark.background}}`,
  )
  expect(styleSheet('light')).not.toContain(dark.background)
  expect(styleSheet('dark')).not.toContain(light.background)
})
