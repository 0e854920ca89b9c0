import { expect, test } from 'vitest'
import { orderByReferences, type Reference } from './row_order.ts'

const refers = (...pairs: [number, number][]): Reference[] => pairs.map(([from, to]) => ({ from, to }))

test.each<[string, number[], Reference[], ReturnType<typeof orderByReferences>]>([
  ['none', [], [], { order: [] }],
  ['without keys as they come', [3, 1, 2], [], { order: [3, 1, 2] }],
  ['what is referred to first', [1, 2, 3], refers([1, 2], [2, 3]), { order: [3, 2, 1] }],
  ['two ways to one', [1, 2, 3, 4], refers([1, 2], [1, 3], [2, 4], [3, 4]), { order: [4, 2, 3, 1] }],
  ['a key to the table itself', [1, 2], refers([1, 1], [1, 2]), { order: [2, 1] }],
  ['a key to what is not wanted', [1, 2], refers([1, 9], [9, 1]), { order: [1, 2] }],
  ['a circle of two', [1, 2], refers([1, 2], [2, 1]), { cycle: [1, 2] }],
  ['a circle further on', [1, 2, 3, 4], refers([1, 2], [2, 3], [3, 4], [4, 2]), { cycle: [2, 3, 4] }],
])('%s', (_, tables, references, result) => {
  expect(orderByReferences(tables, references)).toEqual(result)
})
