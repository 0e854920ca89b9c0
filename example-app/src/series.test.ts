import { expect, test } from 'vitest'
import { type Point, seriesOf } from './series.ts'

const times = [0, 60, 120]
const point = (
  at: number,
  series: string | null,
  value: number | null,
  more: Partial<Point> = {},
): Point => ({
  ...{ at, series, value, low: null, high: null },
  ...more,
})

test('rows in any order become lines in the order of their names, with gaps where there is no row', () => {
  const points = [point(120, 'b', 3), point(0, 'b', 1), point(60, 'a', 2), point(60, 'b', null)]
  expect(seriesOf(points, times, 'lines')).toEqual([
    { name: 'a', values: [null, 2, null] },
    { name: 'b', values: [1, null, 3] },
  ])
})

test('a band has its lowest and highest', () => {
  expect(seriesOf([point(60, 'a', 2, { low: 1, high: 4 })], times, 'bands')).toEqual([
    { name: 'a', values: [null, 2, null], low: [null, 1, null], high: [null, 4, null] },
  ])
})

test('a stack begins with the largest, and ends with what was summed up', () => {
  const points = [point(0, 'small', 1), point(0, null, 100), point(0, 'large', 9)]
  expect(seriesOf(points, times, 'stacked').map(({ name }) => name)).toEqual(['large', 'small', 'all others'])
})

test('what is no number is a gap', () => {
  const points = [point(0, 'a', Number.NaN), point(60, 'a', Number.POSITIVE_INFINITY), point(120, 'a', 0)]
  expect(seriesOf(points, times, 'lines')).toEqual([{ name: 'a', values: [null, null, 0] }])
})

test('a row outside of all buckets is a mistake of the program, not a point somewhere', () => {
  expect(() => seriesOf([point(59, 'a', 1)], times, 'lines')).toThrow('no bucket begins at')
})
