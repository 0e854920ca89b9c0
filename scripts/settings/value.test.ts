import { expect, test } from 'vitest'
import { formatValue } from './value.ts'

test.each<[unknown, string]>([
  [undefined, ''],
  ['a b', 'a b'],
  [8094, '8094'],
  [false, 'false'],
  [{ algorithm: 'gzip', level: 6 }, 'gzip:6'],
  [{ algorithm: 'none' }, 'none'],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
])('%j is typed as %j', (value, typed) => expect(formatValue(value)).toBe(typed))
